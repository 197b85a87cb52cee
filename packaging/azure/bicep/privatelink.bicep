// SPDX-License-Identifier: Apache-2.0
// Put an endpoint into a private link scope of Azure Monitor, so that it is
// reached through the scope's private endpoints.

param scopeName string
param endpointName string
param endpointId string

resource linkScope 'Microsoft.Insights/privateLinkScopes@2021-07-01-preview' existing = {
  name: scopeName
}

resource scoped 'Microsoft.Insights/privateLinkScopes/scopedResources@2021-07-01-preview' = {
  parent: linkScope
  name: endpointName
  properties: {
    linkedResourceId: endpointId
  }
}
