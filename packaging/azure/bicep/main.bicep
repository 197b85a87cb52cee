// SPDX-License-Identifier: Apache-2.0
// A workspace with its alerts, and walship on a VM, a scale set and a machine of
// Azure Arc that are there: what has no name is left out.  Who sends is given
// its role before anything is installed.

@description('Of the workspace.')
param name string

param location string = resourceGroup().location

@minValue(1)
@maxValue(10)
param dcrCount int = 1

@description('Object ids of others who may send: the identity of the machine of Azure Arc is one.')
param principalIds array = []

@allowed([
  'Enabled'
  'Disabled'
])
param publicNetworkAccess string = 'Enabled'

param privateLinkScopeId string = ''

@description('Whether the rule that the workspace comes with is used as well; see workspace.bicep.')
param withDefaultRule bool = true

@description('Resource ids of the action groups that are told of alerts.')
param actionGroupIds array = []

@description('A VM that has the identity already; empty: none.')
param vmName string = ''

@description('A scale set that has the identity already; empty: none.')
param vmssName string = ''

@description('A machine of Azure Arc; empty: none.')
param arcMachineName string = ''

@description('Prometheus\'s data directory on them; empty: found.')
param dataDir string = ''

@description('Where install.sh and the package are.')
param fileUris array = []

@description('The client id of an identity that may read them; empty: anybody may.')
param fileClientId string = ''

@description('Change it to have the scripts run again.')
param deployTag string = '1'

module workspace 'workspace.bicep' = {
  name: '${name}-walship-workspace'
  params: {
    name: name
    location: location
    dcrCount: dcrCount
    principalIds: principalIds
    publicNetworkAccess: publicNetworkAccess
    privateLinkScopeId: privateLinkScopeId
    withDefaultRule: withDefaultRule
  }
}

module alerts 'alerts.bicep' = {
  name: '${name}-walship-alerts'
  params: {
    name: name
    location: location
    workspaceId: workspace.outputs.workspaceId
    actionGroupIds: actionGroupIds
  }
}

module vm 'vm.bicep' = if (!empty(vmName)) {
  name: '${name}-walship-vm'
  params: {
    vmName: vmName
    location: location
    ingestionUrl: workspace.outputs.ingestionUrls[0]
    clientId: workspace.outputs.clientId
    dataDir: dataDir
    fileUris: fileUris
    fileClientId: fileClientId
    deployTag: deployTag
  }
}

module vmss 'vmss.bicep' = if (!empty(vmssName)) {
  name: '${name}-walship-vmss'
  params: {
    vmssName: vmssName
    ingestionUrl: workspace.outputs.ingestionUrls[0]
    clientId: workspace.outputs.clientId
    dataDir: dataDir
    fileUris: fileUris
    fileClientId: fileClientId
    deployTag: deployTag
  }
}

module arc 'arc.bicep' = if (!empty(arcMachineName)) {
  name: '${name}-walship-arc'
  params: {
    machineName: arcMachineName
    location: location
    ingestionUrl: workspace.outputs.ingestionUrls[0]
    dataDir: dataDir
    fileUris: fileUris
    fileClientId: fileClientId
    deployTag: deployTag
  }
}

output ingestionUrls array = workspace.outputs.ingestionUrls
output defaultIngestionUrl string = workspace.outputs.defaultIngestionUrl
output workspaceId string = workspace.outputs.workspaceId
output queryEndpoint string = workspace.outputs.queryEndpoint
output identityId string = workspace.outputs.identityId
output clientId string = workspace.outputs.clientId
