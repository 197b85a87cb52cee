// SPDX-License-Identifier: Apache-2.0
// An Azure Monitor workspace, the endpoint and the rules by which samples come
// to it, the identity that may send, and that it may.

@description('Of the workspace; the other names begin with it.')
param name string

@description('The region, by its short name: the workspace, its endpoint and its rules must be in one.')
param location string = resourceGroup().location

@description('Data collection rules, each with a URL: one for each group of hosts, as a rule takes 15000 requests a minute.')
@minValue(1)
@maxValue(10)
param dcrCount int = 1

@description('Object ids of others who may send: machines with an identity of their own, applications.')
param principalIds array = []

@description('Whether the workspace and its endpoint are reached from the internet.')
@allowed([
  'Enabled'
  'Disabled'
])
param publicNetworkAccess string = 'Enabled'

@description('The resource id of a private link scope of Azure Monitor that the endpoint is to be in; empty: none.')
param privateLinkScopeId string = ''

@description('Whether the rule that the workspace comes with is used as well. Its resource group is there once the workspace is: should a first deployment be refused for lack of it, give false, and true the next time.')
param withDefaultRule bool = true

var publisher = '3913510d-42f4-4e42-8a64-420c390055eb'
var publisherRole = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', publisher)
var stream = 'streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24'

resource account 'Microsoft.Monitor/accounts@2023-04-03' = {
  name: name
  location: location
  properties: {
    publicNetworkAccess: publicNetworkAccess
  }
}

resource endpoint 'Microsoft.Insights/dataCollectionEndpoints@2023-03-11' = {
  name: '${name}-walship'
  location: location
  kind: 'Linux'
  properties: {
    networkAcls: {
      publicNetworkAccess: publicNetworkAccess
    }
  }
}

resource rules 'Microsoft.Insights/dataCollectionRules@2023-03-11' = [for i in range(0, dcrCount): {
  name: '${name}-walship-${i}'
  location: location
  kind: 'Linux'
  properties: {
    dataCollectionEndpointId: endpoint.id
    dataSources: {
      prometheusForwarder: [
        {
          name: 'PrometheusDataSource'
          streams: [
            'Microsoft-PrometheusMetrics'
          ]
          labelIncludeFilter: {}
        }
      ]
    }
    destinations: {
      monitoringAccounts: [
        {
          accountResourceId: account.id
          name: 'MonitoringAccount1'
        }
      ]
    }
    dataFlows: [
      {
        streams: [
          'Microsoft-PrometheusMetrics'
        ]
        destinations: [
          'MonitoringAccount1'
        ]
      }
    ]
  }
}]

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-walship'
  location: location
}

resource identityRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for i in range(0, dcrCount): {
  name: guid(rules[i].id, identity.id, publisher)
  scope: rules[i]
  properties: {
    roleDefinitionId: publisherRole
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
  }
}]

resource otherRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for i in range(0, dcrCount * length(principalIds)): {
  name: guid(rules[i / max(length(principalIds), 1)].id, principalIds[i % max(length(principalIds), 1)], publisher)
  scope: rules[i / max(length(principalIds), 1)]
  properties: {
    roleDefinitionId: publisherRole
    principalId: principalIds[i % max(length(principalIds), 1)]
    principalType: 'ServicePrincipal'
  }
}]

// The workspace has a rule of its own, in a resource group that Azure manages.
module defaultRule 'defaultrule.bicep' = if (withDefaultRule) {
  name: '${name}-walship-default'
  scope: resourceGroup('MA_${name}_${location}_managed')
  params: {
    ruleName: last(split(account.properties.defaultIngestionSettings.dataCollectionRuleResourceId, '/'))
    endpointName: last(split(account.properties.defaultIngestionSettings.dataCollectionEndpointResourceId, '/'))
    principalIds: concat([
      identity.properties.principalId
    ], principalIds)
  }
}

module privateLink 'privatelink.bicep' = if (!empty(privateLinkScopeId)) {
  name: '${name}-walship-link'
  scope: resourceGroup(empty(privateLinkScopeId) ? subscription().subscriptionId : split(privateLinkScopeId, '/')[2], empty(privateLinkScopeId) ? resourceGroup().name : split(privateLinkScopeId, '/')[4])
  params: {
    scopeName: last(split(privateLinkScopeId, '/'))
    endpointName: endpoint.name
    endpointId: endpoint.id
  }
}

@description('One for each group of hosts: ingestionUrl of the other templates.')
output ingestionUrls array = [for i in range(0, dcrCount): '${endpoint.properties.metricsIngestion.endpoint}/dataCollectionRules/${rules[i].properties.immutableId}/${stream}']

@description('The same of the rule that the workspace came with.')
output defaultIngestionUrl string = withDefaultRule ? defaultRule.outputs.ingestionUrl : ''

output workspaceId string = account.id
output queryEndpoint string = account.properties.metrics.prometheusQueryEndpoint
output identityId string = identity.id
output clientId string = identity.properties.clientId
