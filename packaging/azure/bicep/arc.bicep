// SPDX-License-Identifier: Apache-2.0
// walship on a machine of Azure Arc, by install.sh, as the machine's identity.

param machineName string

param location string = resourceGroup().location

@description('One of the URLs of the workspace: each group of hosts has one.')
param ingestionUrl string

@description('Prometheus\'s data directory; empty: found where there is one Prometheus.')
param dataDir string = ''

@description('Where install.sh and the package are, one URL each.')
param fileUris array

@description('The client id of an identity that may read them, where they are in a storage account; empty: anybody may.')
param fileClientId string = ''

@description('Change it to have the script run again.')
param deployTag string = '1'

var where = empty(dataDir) ? '' : ' --data-dir \'${dataDir}\''

resource machine 'Microsoft.HybridCompute/machines@2024-07-10' existing = {
  name: machineName
}

resource script 'Microsoft.HybridCompute/machines/extensions@2024-07-10' = {
  parent: machine
  name: 'walship'
  location: location
  properties: {
    publisher: 'Microsoft.Azure.Extensions'
    type: 'CustomScript'
    typeHandlerVersion: '2.1'
    autoUpgradeMinorVersion: true
    forceUpdateTag: deployTag
    protectedSettings: union({
      fileUris: fileUris
      commandToExecute: 'sh install.sh --url \'${ingestionUrl}\' --system-assigned${where}'
    }, empty(fileClientId) ? {} : {
      managedIdentity: {
        clientId: fileClientId
      }
    })
  }
}
