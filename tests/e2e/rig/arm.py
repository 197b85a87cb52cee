# SPDX-License-Identifier: Apache-2.0
"""Works out templates of Azure Resource Manager, as far as those in
packaging/azure/bicep go: which resources come of given parameters."""

import re
import uuid

TOKEN = re.compile(r"\s*('(?:[^']|'')*'|\d+|[A-Za-z]\w*|[().,\[\]])")
GROUP = "/subscriptions/sub/resourceGroups/group"


class Wrong(Exception):
    """An expression that is none, or means nothing."""


def is_expression(text):
    return isinstance(text, str) and text.startswith("[") and \
        not text.startswith("[[")


class Scope:
    """The ${template} with the ${given} parameters.  ${references} says what
    reference() finds: a function of a resource id."""

    def __init__(self, template, given, references):
        self.template = template
        self.references = references
        self.copies = {}
        declared = template.get("parameters", {})
        if given.keys() - declared.keys():
            raise Wrong(f"parameters {given.keys() - declared.keys()}")
        self.parameters = {}
        for name, one in declared.items():
            if name not in given and "defaultValue" not in one:
                raise Wrong(f"the parameter {name} is missing")
            self.parameters[name] = given.get(name) \
                if name in given else self.value(one["defaultValue"])
        self.variables = {}
        for name, value in template.get("variables", {}).items():
            if name != "copy":
                self.variables[name] = self.value(value)
        for one in template.get("variables", {}).get("copy", []):
            self.variables[one["name"]] = [
                value for _, value in self._loop(one, one["name"])]

    def _loop(self, copy, name):
        for self.copies[name] in range(self.value(copy["count"])):
            yield self.copies[name], self.value(copy["input"])

    # Values.

    def value(self, value):
        if isinstance(value, dict):
            return {key: self.value(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.value(one) for one in value]
        if not is_expression(value):
            return value[1:] if str(value).startswith("[[") else value
        tokens = TOKEN.findall(value[1:-1])
        if "".join(tokens) != re.sub(r"('(?:[^']|'')*')|\s",
                                     lambda at: at[1] or "", value[1:-1]):
            raise Wrong(value)
        found = self._expression(tokens)
        if tokens:
            raise Wrong(f"{value}: {tokens} is left")
        return found

    def _expression(self, tokens):
        token = tokens.pop(0)
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token.isdigit():
            return int(token)
        if tokens.pop(0) != "(":
            raise Wrong(token)
        value = self._call(token, tokens)
        while tokens and tokens[0] in (".", "["):
            if tokens.pop(0) == ".":
                value = value[tokens.pop(0)]
            else:
                value = value[self._expression(tokens)]
                tokens.pop(0)
        return value

    def _call(self, name, tokens):
        arguments = []
        while tokens[0] != ")":
            # Of if() only the branch that is taken is worked out.
            if name == "if" and len(arguments) == (1 if not (
                    arguments and arguments[0]) else 2):
                arguments.append(None)
                self._skip(tokens)
            else:
                arguments.append(self._expression(tokens))
            if tokens[0] == ",":
                tokens.pop(0)
        tokens.pop(0)
        return getattr(self, f"_do_{name}")(*arguments)

    @staticmethod
    def _skip(tokens):
        depth = 0
        while depth > 0 or tokens[0] not in (",", ")"):
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(tokens.pop(0), 0)

    # Functions.

    def _do_parameters(self, name):
        return self.parameters[name]

    def _do_variables(self, name):
        return self.variables[name]

    def _do_copyIndex(self, name=""):
        return self.copies[name]

    def _do_reference(self, name, version):
        del version
        return self.references(name)

    @staticmethod
    def _do_resourceId(kind, *names):
        return Scope._do_extensionResourceId(GROUP, kind, *names)

    @staticmethod
    def _do_subscriptionResourceId(kind, *names):
        return Scope._do_extensionResourceId("/subscriptions/sub", kind, *names)

    @staticmethod
    def _do_extensionResourceId(scope, kind, *names):
        space, *kinds = kind.split("/")
        if len(kinds) != len(names):
            raise Wrong(f"{kind} has not the names {names}")
        return f"{scope}/providers/{space}/" + "/".join(
            f"{one}/{name}" for one, name in zip(kinds, names))

    @staticmethod
    def _do_resourceGroup():
        return {"location": "eastus", "name": "group", "id": GROUP}

    @staticmethod
    def _do_subscription():
        return {"subscriptionId": "sub"}

    @staticmethod
    def _do_guid(*texts):
        return str(uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(texts)))

    @staticmethod
    def _do_format(text, *values):
        return text.format(*values)

    @staticmethod
    def _do_if(condition, yes, no=None):
        return yes if condition else no

    @staticmethod
    def _do_not(value):
        return not value

    @staticmethod
    def _do_empty(value):
        return len(value) == 0

    @staticmethod
    def _do_length(value):
        return len(value)

    @staticmethod
    def _do_last(value):
        return value[-1]

    @staticmethod
    def _do_split(text, by):
        return text.split(by)

    @staticmethod
    def _do_concat(*lists):
        return [one for part in lists for one in part]

    @staticmethod
    def _do_union(*objects):
        return {key: one for part in objects for key, one in part.items()}

    @staticmethod
    def _do_range(begin, count):
        return list(range(begin, begin + count))

    @staticmethod
    def _do_createArray(*items):
        return list(items)

    @staticmethod
    def _do_createObject(*parts):
        return dict(zip(parts[::2], parts[1::2]))

    @staticmethod
    def _do_mul(one, two):
        return one * two

    @staticmethod
    def _do_div(one, two):
        return one // two

    @staticmethod
    def _do_mod(one, two):
        return one % two

    @staticmethod
    def _do_max(one, two):
        return max(one, two)

    # What comes of it.

    def resources(self):
        """The resources, each as Azure is asked for it."""
        made = []
        for one in self.template["resources"]:
            count = self.value(one["copy"]["count"]) if "copy" in one else 1
            for self.copies[""] in range(count):
                if self.value(one.get("condition", True)):
                    made.append(self._resource(one))
        return made

    def _resource(self, one):
        made = {key: self.value(value) for key, value in one.items()
                if key not in ("copy", "condition", "properties")}
        properties = dict(one.get("properties", {}))
        template = properties.pop("template", None)
        made["properties"] = self.value(properties)
        if template:
            made["inner"] = Scope(template, {
                name: value["value"] for name, value
                in made["properties"]["parameters"].items()}, self.references)
        return made

    def outputs(self):
        made = {}
        for name, one in self.template.get("outputs", {}).items():
            if "copy" in one:
                made[name] = [value for _, value
                              in self._loop(one["copy"], "")]
            else:
                made[name] = self.value(one["value"])
        return made
