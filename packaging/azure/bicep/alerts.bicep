// SPDX-License-Identifier: Apache-2.0
// What an operator wants to be told of a workspace that walships send to: hosts
// that fall silent, by the series that walship sends of itself, and samples
// that the workspace took and dropped, by Azure's own metrics.

param name string

@description('The region of the workspace.')
param location string = resourceGroup().location

@description('The resource id of the workspace.')
param workspaceId string

@description('Resource ids of the action groups that are told.')
param actionGroupIds array = []

var actions = [for id in actionGroupIds: {
  actionGroupId: id
}]

resource heartbeats 'Microsoft.AlertsManagement/prometheusRuleGroups@2023-03-01' = {
  name: '${name}-walship'
  location: location
  properties: {
    description: 'What walship says of itself (self_metrics).'
    enabled: true
    interval: 'PT1M'
    scopes: [
      workspaceId
    ]
    rules: [
      {
        alert: 'WalshipSelfSilent'
        expression: 'max by (job, instance, remote_name) (max_over_time(walship_samples_total{job="walship"}[6h])) unless on (job, instance, remote_name) max_over_time(walship_samples_total{job="walship"}[15m])'
        enabled: true
        severity: 1
        annotations: {
          summary: 'A host has sent nothing for a quarter of an hour.'
        }
        resolveConfiguration: {
          autoResolved: true
          timeToResolve: 'PT10M'
        }
        actions: actions
      }
      {
        alert: 'WalshipSelfFailures'
        expression: '(rate(walship_samples_failed_total{job="walship"}[15m]) / (rate(walship_samples_failed_total{job="walship"}[15m]) + rate(walship_samples_total{job="walship"}[15m]))) * 100 > 1'
        for: 'PT15M'
        enabled: true
        severity: 1
        annotations: {
          summary: 'The workspace refuses more than one sample in a hundred of a host.'
        }
        resolveConfiguration: {
          autoResolved: true
          timeToResolve: 'PT10M'
        }
        actions: actions
      }
      {
        alert: 'WalshipSelfDropping'
        expression: 'increase(walship_samples_dropped_total{job="walship"}[15m]) > 0'
        for: 'PT5M'
        enabled: true
        severity: 2
        annotations: {
          summary: 'walship drops samples that no rule drops.'
        }
        resolveConfiguration: {
          autoResolved: true
          timeToResolve: 'PT10M'
        }
        actions: actions
      }
      {
        alert: 'WalshipSelfSpoolLosing'
        expression: 'increase(walship_spool_lost_segments_total{job="walship"}[1h]) > 0'
        enabled: true
        severity: 1
        annotations: {
          summary: 'walship let go of segments that were not shipped.'
        }
        resolveConfiguration: {
          autoResolved: true
          timeToResolve: 'PT10M'
        }
        actions: actions
      }
    ]
  }
}

resource drops 'Microsoft.Insights/metricAlerts@2018-03-01' = [for metric in [
  'TimeSeriesSamplesDropped'
  'EventsDropped'
]: {
  name: '${name}-${metric}'
  location: 'global'
  properties: {
    description: 'The workspace received samples and dropped them; the dimension Reason says why.'
    enabled: true
    severity: 2
    scopes: [
      workspaceId
    ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: metric
          metricNamespace: 'Microsoft.Monitor/accounts'
          metricName: metric
          operator: 'GreaterThan'
          threshold: 0
          timeAggregation: 'Maximum'
        }
      ]
    }
    actions: actions
  }
}]
