# SPDX-License-Identifier: Apache-2.0
"""The templates of packaging/azure/bicep: Bicep and JSON say the same, use
nothing that Azure is not known to have, and come to what is meant."""

import copy
import json
import re
import shlex

import pytest

from rig import binaries
from rig.arm import GROUP, Scope, is_expression
from rig.bicep import Parser, Template, Wrong

FOLDER = binaries.TOP / "packaging/azure/bicep"
NAMES = sorted(path.stem for path in FOLDER.glob("*.bicep"))
ROLE = "3913510d-42f4-4e42-8a64-420c390055eb"
URL = "https://e.eastus-1.metrics.ingest.monitor.azure.com/dataCollectionRules"

SCRIPT = """publisher type typeHandlerVersion autoUpgradeMinorVersion
    forceUpdateTag protectedSettings protectedSettings.fileUris
    protectedSettings.commandToExecute protectedSettings.managedIdentity
    protectedSettings.managedIdentity.clientId"""

# What is used of Azure, by type and version: top-level names, and properties.
KNOWN = {
    "Microsoft.Monitor/accounts@2023-04-03": (
        "location", "publicNetworkAccess"),
    "Microsoft.Insights/dataCollectionEndpoints@2023-03-11": (
        "location kind", "networkAcls networkAcls.publicNetworkAccess"),
    "Microsoft.Insights/dataCollectionRules@2023-03-11": (
        "location kind",
        """dataCollectionEndpointId dataSources dataSources.prometheusForwarder
        dataSources.prometheusForwarder.name
        dataSources.prometheusForwarder.streams
        dataSources.prometheusForwarder.labelIncludeFilter
        destinations destinations.monitoringAccounts
        destinations.monitoringAccounts.accountResourceId
        destinations.monitoringAccounts.name
        dataFlows dataFlows.streams dataFlows.destinations"""),
    "Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31": (
        "location", ""),
    "Microsoft.Authorization/roleAssignments@2022-04-01": (
        "scope", "roleDefinitionId principalId principalType"),
    "Microsoft.Insights/privateLinkScopes/scopedResources@2021-07-01-preview":
        ("", "linkedResourceId"),
    "Microsoft.AlertsManagement/prometheusRuleGroups@2023-03-01": (
        "location",
        """description enabled interval scopes rules rules.alert
        rules.expression rules.for rules.enabled rules.severity
        rules.annotations rules.annotations.summary rules.actions
        rules.resolveConfiguration rules.resolveConfiguration.autoResolved
        rules.resolveConfiguration.timeToResolve"""),
    "Microsoft.Insights/metricAlerts@2018-03-01": (
        "location",
        """description enabled severity scopes evaluationFrequency windowSize
        autoMitigate actions criteria criteria.odata.type criteria.allOf
        criteria.allOf.criterionType criteria.allOf.name
        criteria.allOf.metricNamespace criteria.allOf.metricName
        criteria.allOf.operator criteria.allOf.threshold
        criteria.allOf.timeAggregation"""),
    "Microsoft.Compute/virtualMachines/extensions@2024-07-01": (
        "location", SCRIPT),
    "Microsoft.Compute/virtualMachineScaleSets/extensions@2024-07-01": (
        "", SCRIPT),
    "Microsoft.HybridCompute/machines/extensions@2024-07-10": (
        "location", SCRIPT),
    "Microsoft.Resources/deployments@2022-09-01": (
        "subscriptionId resourceGroup",
        "mode parameters template expressionEvaluationOptions"),
}
OF_TEMPLATES = {"type", "apiVersion", "name", "properties", "dependsOn",
                "copy", "condition"}


def read(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


def found_by_reference(name):
    """What reference() finds of the resource ${name}, which is there."""
    kind, last = name.split("/")[-2:]
    if kind == "deployments":
        return {"outputs": {
            key: {"value": value} for key, value in (
                ("ingestionUrl", f"{URL}/default"), ("clientId", "client"),
                ("ingestionUrls", [f"{URL}/first", f"{URL}/second"]),
                ("defaultIngestionUrl", ""), ("workspaceId", "/w"),
                ("queryEndpoint", "https://q"), ("identityId", "/i"))}}
    return {
        "userAssignedIdentities": {"clientId": "client",
                                   "principalId": "principal"},
        "accounts": {"metrics": {"prometheusQueryEndpoint": "https://q"},
                     "defaultIngestionSettings": {
                         "dataCollectionRuleResourceId": "/a/b/own-rule",
                         "dataCollectionEndpointResourceId": "/a/b/own-end"}},
        "dataCollectionEndpoints": {"metricsIngestion": {
            "endpoint": URL.rsplit("/", 1)[0]}},
        "dataCollectionRules": {"immutableId": f"dcr-{last}"},
    }[kind]


def scope_of(template, **parameters):
    return Scope(read(template), parameters, found_by_reference)


@pytest.mark.parametrize("name", NAMES)
def test_bicep_and_json_say_the_same(name):
    template = Template(FOLDER / f"{name}.bicep")
    assert template.json() == read(name), \
        f"python3 -m rig.bicep {name}.bicep says what JSON it is"
    declared = template.parameters.keys() | template.variables.keys()
    assert declared == template.used, "something is declared and not used"


def test_each_has_both():
    assert NAMES == sorted(path.stem for path in FOLDER.glob("*.json"))


@pytest.mark.parametrize("change", [
    lambda one: one["parameters"].pop("location"),
    lambda one: one["parameters"]["dcrCount"].update(maxValue=11),
    lambda one: one["resources"][0].update(apiVersion="2023-04-04"),
    lambda one: one["resources"][1].update(type="Microsoft.Insights/rules"),
    lambda one: one["resources"][1]["properties"].update(more=1),
    lambda one: one["resources"][2]["dependsOn"].pop(),
    lambda one: one["outputs"]["clientId"].update(value="x"),
])
def test_a_difference_is_seen(change):
    one = read("workspace")
    before = copy.deepcopy(one)
    change(one)
    assert one != before
    assert Template(FOLDER / "workspace.bicep").json() != one


@pytest.mark.parametrize("text", [
    "param", "param a string = ", "resource a 'b@1' = {", "let a = 1",
    "var a = [1", "resource a 'b@1' = { name: 'x' name: 'y' }",
])
def test_what_is_not_understood_is_no_bicep(text):
    with pytest.raises((Wrong, TypeError, IndexError)):
        Parser(text).statements()


def resources(template):
    """All of them, those of nested templates too, with their template."""
    for one in template["resources"]:
        yield template, one
        inner = one.get("properties", {}).get("template")
        if inner:
            yield from resources(inner)


def paths(value, before=""):
    """The names of all properties."""
    if isinstance(value, list):
        for one in value:
            yield from paths(one, before)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield before + key
            if key not in ("template", "parameters"):
                yield from paths(one, f"{before}{key}.")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_used_that_azure_is_not_known_to_have(name):
    for _, one in resources(read(name)):
        top, properties = KNOWN[f"{one['type']}@{one['apiVersion']}"]
        assert one.keys() - OF_TEMPLATES <= set(top.split()), one
        used = {path for path in paths(one.get("properties", {}))
                if not path.startswith("expressionEvaluationOptions.")}
        assert used <= set(properties.split()), one["type"]


def test_properties_within_expressions_are_known_too():
    for name in ("vm", "vmss", "arc"):
        words = read(name)["resources"][0]["properties"]["protectedSettings"]
        assert {text for text in re.findall(
            r"createObject\('(\w+)'|, '(\w+)', (?:parameters|format)", words)
            for text in text if text} == \
            {"fileUris", "commandToExecute", "managedIdentity", "clientId"}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_secret_is_in_plain_settings(name):
    for template, one in resources(read(name)):
        assert "settings" not in one.get("properties", {})
        for parameter, declared in template["parameters"].items():
            assert declared["type"] in ("string", "int", "bool", "array")
            assert not re.search("(?i)secret|password|token", parameter)
        for output in template.get("outputs", {}):
            assert not re.search("(?i)secret|password|token|key", output)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_depended_on_is_there(name):
    for template, one in resources(read(name)):
        types = {other["type"] for other in template["resources"]}
        for need in one.get("dependsOn", []):
            assert is_expression(need)
            kind = re.match(r"\[resourceId\('([^']+)'", need)
            assert kind and kind[1] in types, need


def test_each_sender_has_the_role_on_each_rule_and_each_rule_a_url():
    scope = scope_of("workspace", name="w", dcrCount=3,
                     principalIds=["one", "two"])
    made = scope.resources()
    rules = [one["name"] for one in made
             if one["type"].endswith("/dataCollectionRules")]
    assert rules == [f"w-walship-{i}" for i in range(3)]
    given = [(one["scope"].rsplit("/", 1)[1], one["properties"]["principalId"])
             for one in made if one["type"].endswith("/roleAssignments")]
    assert sorted(given) == sorted(
        (rule, who) for rule in rules for who in ("principal", "one", "two"))
    for one in made:
        if one["type"].endswith("/roleAssignments"):
            assert one["properties"]["roleDefinitionId"].endswith(ROLE)
            assert one["scope"] in one["dependsOn"]
    names = [one["name"] for one in made]
    assert len(names) == len(set(names)) + 1  # Identity and endpoint share it.
    outputs = scope.outputs()
    assert outputs["ingestionUrls"] == [
        f"{URL}/dcr-{rule}/streams/Microsoft-PrometheusMetrics/api/v1/write"
        "?api-version=2023-04-24" for rule in rules]

    default = next(one for one in made if one["name"] == "w-walship-default")
    assert default["resourceGroup"] == "MA_w_eastus_managed"
    inner = default["inner"].resources()
    assert [one["properties"]["principalId"] for one in inner] == \
        ["principal", "one", "two"]
    assert {one["scope"].rsplit("/", 1)[1] for one in inner} == {"own-rule"}
    assert "/dcr-own-rule/" in default["inner"].outputs()["ingestionUrl"]


def test_private_link():
    made = scope_of("workspace", name="w", publicNetworkAccess="Disabled",
                    withDefaultRule=False, privateLinkScopeId="/subscriptions/"
                    "other/resourceGroups/net/providers/x/y/link").resources()
    link = next(one for one in made if one["name"] == "w-walship-link")
    assert (link["subscriptionId"], link["resourceGroup"]) == ("other", "net")
    scoped = link["inner"].resources()[0]
    assert scoped["name"] == "link/w-walship"
    assert scoped["properties"]["linkedResourceId"] == \
        f"{GROUP}/providers/Microsoft.Insights/dataCollectionEndpoints/" \
        "w-walship"
    closed = [one for one in made if "Disabled" in str(one["properties"])]
    assert len(closed) == 2
    # Without it, none.
    made = scope_of("workspace", name="w").resources()
    assert not any(one["name"] == "w-walship-link" for one in made)


@pytest.mark.parametrize("name, machine", [
    ("vm", "vmName"), ("vmss", "vmssName"), ("arc", "machineName")])
def test_the_script_is_run_with_its_arguments(name, machine):
    url = f"{URL}/dcr-1/streams/x/api/v1/write?api-version=1&a=b"
    more = {} if name == "arc" else {"clientId": "client"}
    one, = scope_of(name, ingestionUrl=url, dataDir="/data of p",
                    fileUris=["https://f/install.sh"], fileClientId="files",
                    **{machine: "machine"}, **more).resources()
    assert one["name"] == "machine/walship"
    secret = one["properties"]["protectedSettings"]
    who = ["--system-assigned"] if name == "arc" else ["--client-id", "client"]
    assert shlex.split(secret["commandToExecute"]) == [
        "sh", "install.sh", "--url", url, *who, "--data-dir", "/data of p"]
    assert secret["managedIdentity"] == {"clientId": "files"}
    one, = scope_of(name, ingestionUrl=url, fileUris=[],
                    **{machine: "machine"}).resources()
    secret = one["properties"]["protectedSettings"]
    assert shlex.split(secret["commandToExecute"]) == [
        "sh", "install.sh", "--url", url, "--system-assigned"]
    assert "managedIdentity" not in secret


def test_agents_come_after_the_roles():
    made = scope_of("main", name="w", vmName="one", vmssName="many",
                    arcMachineName="far", fileUris=["https://f"]).resources()
    workspace = f"{GROUP}/providers/Microsoft.Resources/deployments/" \
        "w-walship-workspace"
    agents = [one for one in made if re.search("-(vm|vmss|arc)$", one["name"])]
    assert len(agents) == 3
    for one in agents:
        assert one["dependsOn"] == [workspace]
        assert f"{URL}/first" in str(one["inner"].resources())
    # What has no name is left out.
    made = scope_of("main", name="w").resources()
    assert [one["name"] for one in made] == ["w-walship-workspace",
                                             "w-walship-alerts"]


def test_alerts():
    made = scope_of("alerts", name="w", workspaceId="/w",
                    actionGroupIds=["/g1", "/g2"]).resources()
    told = [{"actionGroupId": "/g1"}, {"actionGroupId": "/g2"}]
    for one in made:
        assert one["properties"]["scopes"] == ["/w"]
    group = made[0]["properties"]["rules"]
    assert all(rule["actions"] == told for rule in group)
    # They are those that are tested for any Prometheus.
    text = (binaries.TOP / "packaging/monitoring/walship.rules.yml").read_text()
    tested = {name: ("".join(expression.split()), wait) for
              name, expression, wait in re.findall(
                  r"- alert: (\w+)\n +expr: \|\n(.*?)\n +"
                  r"(?:for: (\w+)\n +)?labels:", text, re.DOTALL)}
    for rule in group:
        assert tested[rule["alert"]] == (
            "".join(rule["expression"].split()),
            rule.get("for", "").removeprefix("PT").lower())
    assert {one["properties"]["criteria"]["allOf"][0]["metricName"]
            for one in made[1:]} == {"TimeSeriesSamplesDropped",
                                     "EventsDropped"}
    assert all(one["properties"]["actions"] == told for one in made[1:])
