// SPDX-License-Identifier: Apache-2.0
// Who may send to the rule that a workspace came with, and its URL.

param ruleName string
param endpointName string

@description('Object ids of those who may send.')
param principalIds array

var publisher = '3913510d-42f4-4e42-8a64-420c390055eb'
var stream = 'streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24'

resource rule 'Microsoft.Insights/dataCollectionRules@2023-03-11' existing = {
  name: ruleName
}

resource endpoint 'Microsoft.Insights/dataCollectionEndpoints@2023-03-11' existing = {
  name: endpointName
}

resource roles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for principalId in principalIds: {
  name: guid(rule.id, principalId, publisher)
  scope: rule
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', publisher)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}]

output ingestionUrl string = '${endpoint.properties.metricsIngestion.endpoint}/dataCollectionRules/${rule.properties.immutableId}/${stream}'
