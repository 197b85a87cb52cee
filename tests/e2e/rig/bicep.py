# SPDX-License-Identifier: Apache-2.0
"""Reads as much of Bicep as packaging/azure/bicep is written in, and says what
template of Azure Resource Manager it is.

    python3 -m rig.bicep FILE.bicep     prints that as JSON
"""

import json
import pathlib
import re
import sys

TOKEN = re.compile(r"""
    (?P<space>\s+|//[^\n]*)
  | (?P<number>\d+)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<string>')
  | (?P<mark>[{}()\[\]:,.?=!*/%@])
""", re.VERBOSE)
SCHEMA = ("https://schema.management.azure.com/schemas/2019-04-01/"
          "deploymentTemplate.json#")
DEPLOYMENTS = "Microsoft.Resources/deployments"
DEPLOYMENTS_VERSION = "2022-09-01"
OPERATORS = {"*": "mul", "/": "div", "%": "mod"}


class Wrong(Exception):
    """What is not in the part of Bicep that is known here."""


class Parser:
    """The statements of ${text}.  An expression is a tuple of its kind and its
    parts; a value is one, an object {name: value}, or an array [value]."""

    def __init__(self, text):
        self.text = text
        self.at = 0

    def _skip(self):
        while True:
            match = TOKEN.match(self.text, self.at)
            if not match or not match["space"]:
                return match
            self.at = match.end()

    def peek(self, mark=None):
        match = self._skip()
        if mark is None:
            return match
        return bool(match) and match.group() == mark

    def take(self, mark=None):
        match = self._skip()
        if not match or (mark and match.group() != mark):
            line = self.text.count("\n", 0, self.at) + 1
            raise Wrong(f"line {line}: {mark or 'more'} is expected before "
                        f"{self.text[self.at:self.at + 20]!r}")
        self.at = match.end()
        return match.group()

    def string(self):
        """What is in quotes: a text, or the parts of one."""
        self.take("'")
        parts, text = [], ""
        while self.text[self.at] != "'":
            if self.text[self.at] == "\\":
                text += {"n": "\n"}.get(self.text[self.at + 1],
                                        self.text[self.at + 1])
                self.at += 2
            elif self.text.startswith("${", self.at):
                self.at += 2
                parts += [text, self.expression()]
                text = ""
                self.take("}")
            else:
                text += self.text[self.at]
                self.at += 1
        self.at += 1
        return ("format", [*parts, text]) if parts else ("text", text)

    def expression(self):
        value = self.product()
        if not self.peek("?"):
            return value
        self.take("?")
        yes = self.expression()
        self.take(":")
        return ("call", "if", [value, yes, self.expression()])

    def product(self):
        value = self.unary()
        while self.peek() and self.peek().group() in OPERATORS:
            value = ("call", OPERATORS[self.take()], [value, self.unary()])
        return value

    def unary(self):
        if self.peek("!"):
            self.take()
            return ("call", "not", [self.unary()])
        value = self.primary()
        while self.peek(".") or (self.peek("[") and self._is_index()):
            if self.take() == ".":
                value = ("of", value, self.take())
            else:
                value = ("at", value, self.expression())
                self.take("]")
        return value

    def _is_index(self):
        """An array begins after a space, an index does not."""
        return not self.text[self.at - 1].isspace()

    def primary(self):
        token = self.peek()
        if token["string"]:
            return self.string()
        if token["number"]:
            return ("number", int(self.take()))
        if self.peek("{"):
            return ("object", self.object())
        if self.peek("["):
            return self.array()
        if self.peek("("):
            self.take()
            value = self.expression()
            self.take(")")
            return value
        name = self.take()
        if name in ("true", "false"):
            return ("bool", name == "true")
        if not self.peek("("):
            return ("name", name)
        self.take("(")
        arguments = []
        while not self.peek(")"):
            arguments.append(self.expression())
            if not self.peek(")"):
                self.take(",")
        self.take(")")
        return ("call", name, arguments)

    def object(self):
        self.take("{")
        found = {}
        while not self.peek("}"):
            key = (self.string()[1] if self.peek("'") else self.take())
            if key in found:
                raise Wrong(f"{key} is given twice")
            self.take(":")
            found[key] = self.expression()
        self.take("}")
        return found

    def array(self):
        self.take("[")
        if self.peek("for"):
            self.take()
            variable = self.take()
            self.take("in")
            over = self.expression()
            self.take(":")
            body = self.expression()
            self.take("]")
            return ("for", variable, over, body)
        items = []
        while not self.peek("]"):
            items.append(self.expression())
        self.take("]")
        return ("array", items)

    def statements(self):
        """(kind, decorators, name, type or file, value) of each; a resource
        that exists is of the kind existing, and what has a condition has it
        before its value."""
        found = []
        while self.peek():
            decorators = {}
            while self.peek("@"):
                self.take()
                _, name, arguments = self.primary()
                decorators[name] = arguments[0] if arguments else True
            found.append(self._statement(decorators))
        return found

    def _statement(self, decorators):
        kind, name = self.take(), self.take()
        what = None
        if kind in ("resource", "module"):
            what = self.string()[1]
        elif kind in ("param", "output"):
            what = self.take()
        elif kind != "var":
            raise Wrong(f"a statement {kind}")
        if kind == "resource" and self.peek("existing"):
            self.take()
            kind = "existing"
        if kind == "param" and not self.peek("="):
            return kind, decorators, name, what, None
        self.take("=")
        condition = None
        if self.peek("if"):
            self.take()
            self.take("(")
            condition = self.expression()
            self.take(")")
        return kind, decorators, name, what, (condition, self.expression())


class Resource:
    """A resource or module: where it is, and its body, for which item."""

    def __init__(self, kind, what, value):
        self.kind = kind
        self.type, _, self.version = what.partition("@")
        if kind == "module":
            self.file, self.type, self.version = (what, DEPLOYMENTS,
                                                  DEPLOYMENTS_VERSION)
        self.condition, body = value
        self.variable = self.over = None
        if body[0] == "for":
            _, self.variable, self.over, body = body
        self.body = dict(body[1])


class Template:
    """What a file of Bicep means."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.parameters, self.variables, self.outputs = {}, {}, {}
        self.resources = {}
        self.items = {}      # What the variables of loops stand for.
        self.needed = set()  # The resources that were referred to.
        self.used = set()    # The parameters and variables that were.
        for kind, decorators, name, what, value in \
                Parser(self.path.read_text()).statements():
            if kind == "param":
                self.parameters[name] = (decorators, what, value)
            elif kind == "var":
                self.variables[name] = value[1]
            elif kind == "output":
                self.outputs[name] = (decorators, what, value[1])
            else:
                self.resources[name] = Resource(kind, what, value)

    # Expressions, without the brackets around them.

    def words(self, value):
        kind = value[0]
        if kind == "text":
            return "'" + value[1].replace("'", "''") + "'"
        if kind == "number":
            return str(value[1])
        if kind == "bool":
            return f"{str(value[1]).lower()}()"
        if kind == "format":
            return self._format(value[1])
        if kind == "call":
            return f"{value[1]}({', '.join(map(self.words, value[2]))})"
        if kind == "array":
            return f"createArray({', '.join(map(self.words, value[1]))})"
        if kind == "object":
            parts = [f"'{key}', {self.words(one)}"
                     for key, one in value[1].items()]
            return f"createObject({', '.join(parts)})"
        if kind == "name":
            return self._name(value[1])
        if kind in ("of", "at"):
            return self._path(value)
        raise Wrong(f"{kind} within an expression")

    def _format(self, parts):
        text, arguments = "", []
        for part in parts:
            if isinstance(part, str):
                text += part.replace("{", "{{").replace("}", "}}")
            else:
                text += f"{{{len(arguments)}}}"
                arguments.append(self.words(part))
        return f"format({', '.join([self.words(('text', text)), *arguments])})"

    def _name(self, name):
        if name in self.items:
            return self.items[name]
        self.used.add(name)
        if name in self.parameters:
            return f"parameters('{name}')"
        if name in self.variables:
            return f"variables('{name}')"
        raise Wrong(f"nothing is called {name}")

    def _path(self, value):
        """A member, or an item, of something."""
        path, base = [], value
        while base[0] in ("of", "at"):
            path.insert(0, base)
            base = base[1]
        if base[0] == "name" and base[1] in self.resources:
            return self._of_resource(base[1], path)
        words = self.words(base)
        return words + self._rest(path)

    def _rest(self, path):
        return "".join(f".{part[2]}" if part[0] == "of"
                       else f"[{self.words(part[2])}]" for part in path)

    def _of_resource(self, name, path):
        resource = self.resources[name]
        item = None
        if path[0][0] == "at":
            item = self.words(path.pop(0)[2])
        what = path.pop(0)[2]
        where = self.id_of(name, item)
        if resource.kind != "existing":
            self.needed.add((name, item))
        if what == "id":
            return where
        if what == "name":
            return self.name_of(resource, item)
        words = f"reference({where}, '{resource.version}')"
        if resource.kind == "module" and what == "outputs":
            output = path.pop(0)[2]
            return f"{words}.outputs.{output}.value{self._rest(path)}"
        if what == "properties":
            return words + self._rest(path)
        raise Wrong(f"{what} of a resource")

    def _within(self, resource, item, make):
        """What ${make} says while the loop of ${resource} is at ${item}, an
        index; within the loop itself if that is None."""
        if resource.variable is None:
            return make()
        index = "copyIndex()" if item is None else item
        before = dict(self.items)
        if resource.over[0] == "array":
            over = f"createArray({', '.join(map(self.words, resource.over[1]))})"
        else:
            over = self.words(resource.over)
        self.items[resource.variable] = f"{over}[{index}]"
        try:
            return make()
        finally:
            self.items = before

    def name_of(self, resource, item=None):
        return self._within(resource, item,
                            lambda: self.words(resource.body["name"]))

    def id_of(self, name, item=None):
        resource = self.resources[name]
        names = [self.name_of(resource, item)]
        parent = resource.body.get("parent")
        if parent:
            names.insert(0, self.name_of(self.resources[parent[1]]))
        scope = resource.body.get("scope")
        if resource.kind == "module" and scope:
            group = self._group(scope)
            where = (f"format('/subscriptions/{{0}}/resourceGroups/{{1}}', "
                     f"{group[0]}, {group[1]})")
            return (f"extensionResourceId({where}, '{resource.type}', "
                    f"{', '.join(names)})")
        return f"resourceId('{resource.type}', {', '.join(names)})"

    def _group(self, scope):
        """Subscription and name of a resourceGroup()."""
        if scope[:2] != ("call", "resourceGroup"):
            raise Wrong(f"the scope {scope}")
        words = [self.words(one) for one in scope[2]]
        return words if len(words) == 2 else \
            ["subscription().subscriptionId", *words]

    # Values, as they stand in JSON.

    def value(self, value):
        kind = value[0]
        if kind == "object":
            return {key: self.value(one) for key, one in value[1].items()}
        if kind == "array":
            return [self.value(one) for one in value[1]]
        if kind in ("number", "bool"):
            return value[1]
        if kind == "text":
            return f"[{value[1]}" if value[1].startswith("[") else value[1]
        return f"[{self.words(value)}]"

    def _copies(self, name, value):
        """The loop ${value} that makes the variable or output ${name}."""
        _, variable, over, body = value
        index = "copyIndex()" if name is None else f"copyIndex('{name}')"
        before = dict(self.items)
        self.items[variable] = f"{self.words(over)}[{index}]"
        made = self.value(body)
        self.items = before
        return f"[length({self.words(over)})]", made

    def _parameter(self, decorators, kind, value):
        made = {"type": kind}
        if value is not None:
            made["defaultValue"] = self.value(value[1])
        for key, name in (("minValue", "minValue"), ("maxValue", "maxValue"),
                          ("allowed", "allowedValues")):
            if key in decorators:
                made[name] = self.value(decorators[key])
        if "description" in decorators:
            made["metadata"] = {
                "description": decorators["description"][1]}
        return made

    def _output(self, decorators, kind, value):
        made = {"type": kind}
        if value[0] == "for":
            count, body = self._copies(None, value)
            made["copy"] = {"count": count, "input": body}
        else:
            made["value"] = self.value(value)
        if "description" in decorators:
            made["metadata"] = {
                "description": decorators["description"][1]}
        return made

    def _variables(self):
        made, copies = {}, []
        for name, value in self.variables.items():
            if value[0] == "for":
                count, body = self._copies(name, value)
                copies.append({"name": name, "count": count, "input": body})
            else:
                made[name] = self.value(value)
        if copies:
            made["copy"] = copies
        return made

    def _resource(self, name, resource):
        made = {}
        self.needed = set()
        if resource.condition:
            made["condition"] = self.value(resource.condition)
        made["type"] = resource.type
        made["apiVersion"] = resource.version
        if resource.variable is not None:
            over = (f"createArray({', '.join(map(self.words, resource.over[1]))})"
                    if resource.over[0] == "array"
                    else self.words(resource.over))
            made["copy"] = {"name": name, "count": f"[length({over})]"}
        self._within(resource, None, lambda: self._body(made, resource))
        needs = sorted(f"[{self.id_of(*one)}]" for one in self.needed)
        if needs:
            made["dependsOn"] = needs
        return made

    def _body(self, made, resource):
        for key, value in resource.body.items():
            if key == "parent":
                continue
            if key == "name" and "parent" in resource.body:
                parent = self.resources[resource.body["parent"][1]]
                made["name"] = (f"[format('{{0}}/{{1}}', "
                                f"{self.name_of(parent)}, "
                                f"{self.words(value)})]")
            elif key == "scope" and resource.kind == "module":
                made["subscriptionId"], made["resourceGroup"] = (
                    f"[{words}]" for words in self._group(value))
            elif key == "scope":
                made["scope"] = f"[{self._scope(value)}]"
            elif key == "params":
                made["properties"] = self._nested(resource, value)
            else:
                made[key] = self.value(value)

    def _scope(self, value):
        """The resource ${value}, or an item of it."""
        item = None
        if value[0] == "at":
            item = self.words(value[2])
            value = value[1]
        if self.resources[value[1]].kind != "existing":
            self.needed.add((value[1], item))
        return self.id_of(value[1], item)

    def _nested(self, resource, params):
        inner = Template(self.path.parent / resource.file)
        missing = {name for name, (_, _, value) in inner.parameters.items()
                   if value is None} - params[1].keys()
        if missing or params[1].keys() - inner.parameters.keys():
            raise Wrong(f"{resource.file}: parameters {sorted(params[1])}")
        return {
            "expressionEvaluationOptions": {"scope": "inner"},
            "mode": "Incremental",
            "parameters": {key: {"value": self.value(value)}
                           for key, value in params[1].items()},
            "template": inner.json(),
        }

    def json(self):
        """The template."""
        made = {"$schema": SCHEMA, "contentVersion": "1.0.0.0"}
        made["parameters"] = {name: self._parameter(*one)
                              for name, one in self.parameters.items()}
        if self.variables:
            made["variables"] = self._variables()
        made["resources"] = [self._resource(name, one)
                             for name, one in self.resources.items()
                             if one.kind != "existing"]
        if self.outputs:
            made["outputs"] = {name: self._output(*one)
                               for name, one in self.outputs.items()}
        return made


if __name__ == "__main__":
    print(json.dumps(Template(sys.argv[1]).json(), indent=2))
