// SPDX-License-Identifier: Apache-2.0
// walship on each machine of a scale set that is there, by install.sh.

param vmssName string

@description('One of the URLs of the workspace: each group of hosts has one.')
param ingestionUrl string

@description('The client id of the user-assigned identity that the scale set sends as; empty: its own identity.')
param clientId string = ''

@description('Prometheus\'s data directory; empty: found where there is one Prometheus.')
param dataDir string = ''

@description('Where install.sh and the package are, one URL each.')
param fileUris array

@description('The client id of an identity that may read them, where they are in a storage account; empty: anybody may.')
param fileClientId string = ''

@description('Change it to have the script run again.')
param deployTag string = '1'

var who = empty(clientId) ? '--system-assigned' : '--client-id \'${clientId}\''
var where = empty(dataDir) ? '' : ' --data-dir \'${dataDir}\''

resource vmss 'Microsoft.Compute/virtualMachineScaleSets@2024-07-01' existing = {
  name: vmssName
}

resource script 'Microsoft.Compute/virtualMachineScaleSets/extensions@2024-07-01' = {
  parent: vmss
  name: 'walship'
  properties: {
    publisher: 'Microsoft.Azure.Extensions'
    type: 'CustomScript'
    typeHandlerVersion: '2.1'
    autoUpgradeMinorVersion: true
    forceUpdateTag: deployTag
    protectedSettings: union({
      fileUris: fileUris
      commandToExecute: 'sh install.sh --url \'${ingestionUrl}\' ${who}${where}'
    }, empty(fileClientId) ? {} : {
      managedIdentity: {
        clientId: fileClientId
      }
    })
  }
}
