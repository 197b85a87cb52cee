# SPDX-License-Identifier: Apache-2.0
"""A table of rules of write_relabel_configs, and the series they are tried on:
what the rules do, all Prometheuses that have these actions do alike."""

# Values that are special to expressions, to templates or to Unicode.
WORDS = [
    "ascii", "Mixed Case", "Grüße aus Köln", "ΑΒΓ αβγ Σςσ", "日本語",
    "emoji 🙂", "ǅǆ ẞß ŉ", "İIıi", "\u212a\u017f", "ﬁ Ⅷ ⓐ", "e\u0301é",
    "Жж Ԥԥ", "Ա ա և", "აბ ᲐᲑ Ꭰꭰ", "a.b.c", "a;b;c", "$1 ${1} $$", "^(.*)$", "[x]{2}\\d",
    " spaces ", "007", "7", "0", "tab\there", "x" * 300, "a/b?c=d&e=f#g",
]
EXTERNAL = {"host": "vm-1", "cluster": "ours", "n": "from outside",
            "zz_last": "z"}


class Words:
    """The page that shows them."""

    def render(self, turn, _):
        """The text of scrape ${turn}."""
        lines = []
        for n, word in enumerate(WORDS):
            quoted = word.replace("\\", "\\\\").replace('"', '\\"')
            same = quoted if n % 3 else "not the same"
            lines.append(f'rel_word_total{{n="{n}",word="{quoted}",'
                         f'same="{same}",other="{n % 2}"}} {turn}\n')
        lines += [
            f'rel_plain {turn}\n',
            f'rel_bucket{{le="+Inf",code="200",path="/api/v1"}} {turn}\n',
            f'rel_bucket{{le="0.5",code="404",path="/api/v1"}} {turn}\n',
            f'REL_upper{{Code="500",code="500",_under="u"}} {turn}\n',
            f'rel:rule:sum{{a="1",b="2",c="3",ab="12"}} {turn}\n',
        ]
        return "".join(lines)


class NewerWords(Words):
    """The same for a Prometheus 3, to which any text is a name and a dot is
    a line break too."""

    content_type = "text/plain; version=1.0.0; escaping=allow-utf-8"

    def render(self, turn, now):
        return super().render(turn, now) + (
            f'{{"rel.dotted","http.status_code"="200","größe"="7"}} {turn}\n'
            f'{{"rel 日本語",word="of two names","a b"="c"}} {turn}\n'
            f'rel_lines{{word="one\\ntwo\\n"}} {turn}\n')


def _rule(action="replace", sources=None, target=None, **more):
    rule = {"action": action, **more}
    if sources is not None:
        rule["source_labels"] = sources
    if target is not None:
        rule["target_label"] = target
    return rule


def replace(sources, target, regex=None, replacement=None, **more):
    """A rule that replaces; what is None has its default."""
    if regex is not None:
        more["regex"] = regex
    if replacement is not None:
        more["replacement"] = replacement
    return _rule("replace", sources, target, **more)


_WORD, _NAME = ["word"], ["__name__"]
_PLAIN = _rule("keep", _NAME, regex="rel_(plain|bucket)|.*:.*|REL_.*")

# Name: rules.
TABLE = {
    # replace, and its defaults.
    "nothing": [],
    "replace, all defaults but the target": [{"target_label": "new"}],
    "copy": [{"source_labels": _WORD, "target_label": "copy"}],
    "join with the default separator": [
        replace(["n", "word", "absent", "host"], "joined")],
    "join with another": [replace(["n", "word"], "joined", separator="<=>")],
    "join with none": [replace(["n", "word"], "joined", separator="")],
    "a source twice": [replace(["n", "n"], "twice")],
    "a source that is absent": [replace(["absent"], "empty", "(.*)", "[$1]")],
    "no sources": [replace([], "fixed", ".*", "text")],
    "no sources, an expression that needs text": [
        replace([], "fixed", ".+", "text")],
    "a text without groups": [replace(_WORD, "seen", ".*c.*", "has c")],
    "a target that exists": [replace(_WORD, "n")],
    "an empty replacement ends the target": [replace(_WORD, "n", ".*", "")],
    "a group that took nothing ends the target": [
        replace(_WORD, "n", "(x)?.*", "$1")],
    "no match leaves the target": [replace(_WORD, "n", "never", "changed")],
    "the name": [replace(_NAME, "__name__", "rel_(.*)", "renamed_$1")],
    "the name of all": [
        replace(_NAME + ["n"], "__name__", "(.*);(.*)", "${1}_$2")],
    "a target of a group": [
        replace(["other", "word"], "word_$1", "([^;]*);(.*)", "$2")],
    "a target of a named group": [
        replace(["other"], "o_${digit}", "(?P<digit>[0-9])", "is $digit")],
    "a target that is no name any more": [
        replace(_WORD, "${1}", "([a-z]+)", "was a word")],
    "a target that becomes empty": [
        replace(_WORD, "${2}", "([a-z]+)(X)?", "nowhere")],

    # Groups.
    "$1, ${1} and $$": [replace(_WORD, "made", "(.).*", "<$1|${1}|$$1|$$>")],
    "$0 is all": [replace(_WORD, "made", "a.*", "<$0>")],
    "$1x is another group": [replace(_WORD, "made", "(.).*", "<$1x|${1}x>")],
    "groups that are not there": [
        replace(_WORD, "made", "(.).*", "<$2|${9}|$name|${name}>")],
    "a dollar at the end": [replace(_WORD, "made", "(.).*", "$1 costs 1$")],
    "a brace that is open": [replace(_WORD, "made", "(.).*", "a ${1 b")],
    "dollars in values are text": [
        replace(_WORD, "made", r"(\$1.*)", "<$1>")],
    "ten groups and more": [
        replace(_WORD, "made", "(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)?.*",
                "$11|$10|${1}0")],
    "nested groups": [
        replace(_WORD, "made", "((.)(.))(.*)", "$1|$2|$3|$4")],
    "the last round of a loop": [
        replace(_WORD, "made", "(?:([a-z])[.;]?)+", "$1")],
    "named groups": [
        replace(["word", "n"], "made", "(?P<first>.)(?P<rest>.*);(.*)",
                "${rest}${first}$3")],

    # Expressions.
    "anchored at both ends": [replace(_WORD, "made", "asc", "no")],
    "alternatives are anchored": [replace(_WORD, "made", "asc|ascii|7", "yes")],
    "greedy": [replace(_WORD, "made", "(.*)([a-z].*)", "$1<>$2")],
    "not greedy": [replace(_WORD, "made", "(.*?)([a-z].*)", "$1<>$2")],
    "the first alternative wins": [
        replace(_WORD, "made", "(a|as|asc)(.*)", "$1<>$2")],
    "case does not matter": [
        replace(_WORD, "made", "(?i)(MIXED CASE|ASCII|grÜSSe.*|k.*)", "<$1>")],
    "case folds beyond ASCII": [
        replace(_WORD, "made", "(?i)(ks|αβγ αβγ σσσ|жж.*|.*ß.*)", "<$1>")],
    "classes of Perl": [
        replace(_WORD, "made", r"(\w+)(\W*)(\d*).*", "$1,$2,$3")],
    "classes of POSIX": [
        replace(_WORD, "made", "([[:alpha:]]+)([[:^alpha:]]*).*", "$1,$2")],
    "classes of Unicode": [
        replace(_WORD, "made", r"(\p{L}+)(\P{L}*)(\p{Greek}*).*",
                "$1,$2,$3")],
    "a character is a character": [
        replace(_WORD, "made", "(.)(.)(.)(.*)", "$4$3$2$1")],
    "code points": [
        replace(_WORD, "made", r"([\x{3b1}-\x{3c9}\x{391}-\x{3a9} ]+)", "$1")],
    "text that is quoted": [
        replace(_WORD, "made", r"\Q^(.*)$\E", "it is"),
        replace(_WORD, "made", r"\[x\]\{2\}\\d", "it is too")],
    "repetitions": [
        replace(_WORD, "made", "x{299,301}|[a-z]{5}|0{2}7", "so many")],
    "boundaries of words": [
        replace(_WORD, "made", r"(\b\w+\b)(.*)\B(.*)", "$1,$2,$3")],
    "anchors within": [replace(_WORD, "made", r"^\A(.*)\z$", "<$1>")],
    "an expression that takes nothing": [
        replace(["absent"], "made", "", "nothing there")],

    # keep and drop.
    "keep": [_rule("keep", _WORD, regex="[a-z].*")],
    "keep by a default expression": [_rule("keep", _WORD)],
    "keep what lacks a label": [_rule("keep", _WORD, regex="")],
    "keep none": [_rule("keep", ["absent"], regex=".+")],
    "drop": [_rule("drop", _NAME, regex="rel_.*")],
    "drop by several": [
        _rule("drop", ["__name__", "code"], regex="rel_bucket;4..")],
    "drop by an external label": [
        _rule("drop", ["host", "n"], regex="vm-1;from outside")],
    "drop all by defaults": [_rule("drop", _WORD)],
    "capitals in an action": [_rule("Keep", ["other"], regex="1")],

    # keepequal and dropequal.
    "keepequal": [_rule("keepequal", _WORD, "same")],
    "keepequal of absent ones": [_rule("keepequal", ["absent"], "missing")],
    "dropequal": [_rule("dropequal", _WORD, "same")],
    "dropequal of absent ones": [_rule("dropequal", ["absent"], "missing")],
    "keepequal of two joined": [
        _rule("keepequal", ["a", "b"], "ab", separator=";"),
        replace(["a", "b"], "ab", "(.*);(.*)", "$1$2")],
    "keepequal of what was joined": [
        replace(["n", "other"], "both"),
        _rule("keepequal", ["n", "other"], "both")],
    "dropequal after a rule made it equal": [
        replace(["n"], "x", "(1.*)", "$1"), _rule("dropequal", ["x"], "n")],

    # hashmod.
    "hashmod": [_rule("hashmod", _WORD, "part", modulus=1000)],
    "hashmod by 1": [_rule("hashmod", _WORD, "part", modulus=1)],
    "hashmod by the largest": [
        _rule("hashmod", ["word", "n"], "part",
              modulus=18446744073709551615)],
    "hashmod of nothing": [_rule("hashmod", ["absent"], "part", modulus=97)],
    "a part of a fleet": [
        _rule("hashmod", ["__name__", "n"], "__tmp", modulus=3),
        _rule("keep", ["__tmp"], regex="1"),
        _rule("labeldrop", regex="__tmp")],

    # labelmap, labeldrop and labelkeep.
    "labelmap": [_rule("labelmap", regex="(w.*|n)", replacement="copy_$1")],
    "labelmap by defaults": [_rule("labelmap")],
    "labelmap to a name that exists": [
        _rule("labelmap", regex="(word|code)", replacement="n")],
    "labelmap of the name": [
        _rule("labelmap", regex="__(name)__", replacement="${1}_copy")],
    "labelmap to what is mapped itself": [
        _rule("labelmap", regex="(a|aa)", replacement="a$1")],
    "labeldrop": [_rule("labeldrop", regex="word|same|cluster")],
    "labeldrop of what is not there": [_rule("labeldrop", regex="absent")],
    "labeldrop of one half": [_rule("labeldrop", regex="[a-d]|wor")],
    "labelkeep": [_rule("labelkeep", regex="__name__|n|le|code|[A-Z].*")],

    # lowercase and uppercase.
    "lowercase": [_rule("lowercase", _WORD, "small")],
    "uppercase": [_rule("uppercase", _WORD, "large")],
    "uppercase in place": [_rule("uppercase", _WORD, "word")],
    "lowercase of several": [
        _rule("lowercase", ["__name__", "host", "n"], "small", separator="-")],
    "lowercase of nothing ends the target": [
        _rule("lowercase", ["absent"], "n")],

    # One after the other.
    "a rule sees what the one before made": [
        replace(_WORD, "one", "(.).*", "$1"), replace(["one"], "two"),
        _rule("uppercase", ["two"], "three"),
        _rule("drop", ["three"], regex="A")],
    "a label that comes back": [
        _rule("labeldrop", regex="n"), replace(_WORD, "n")],
    "external labels are there first": [
        replace(["host", "cluster"], "where", "(.*);(.*)", "$1.$2"),
        _rule("labeldrop", regex="host|cluster")],
    "a chain as they are in the wild": [
        _rule("drop", _NAME, regex="go_.*|process_.*"), _PLAIN,
        replace(["path"], "path", "(/[^/]+)/.*", "$1/..."),
        replace(["code"], "class", "([1-5])..", "${1}xx"),
        _rule("labeldrop", regex="code|_under")],
}

# What Prometheus 3 does otherwise.
NEWER = {
    "a source that is any text": [
        replace(["http.status_code", "größe"], "made", "(.*);(.+)",
                "$1 and $2")],
    "a target that is any text": [replace(_WORD, "a.new name", "(.).*", "$1")],
    "a target of a group that is any text": [
        replace(["http.status_code"], "of.$1", "(2..)", "yes")],
    "the name becomes any text": [
        replace(_NAME, "__name__", "rel_(.*)", "rel.$1 ü")],
    "keep by a name that is any text": [
        _rule("keep", _NAME, regex="rel [^a-z]+|rel[.]dotted")],
    "labelmap of any text": [
        _rule("labelmap", regex="(.*)[.](.*)", replacement="$2.$1")],
    "labelmap to any text": [
        _rule("labelmap", regex="(n|code)", replacement="a.$1 b")],
    "labeldrop of any text": [_rule("labeldrop", regex=".*[. ö].*")],
    "keepequal of any text": [
        replace(["größe"], "a.copy"),
        _rule("keepequal", ["größe"], "a.copy")],
    "uppercase into any text": [_rule("uppercase", _WORD, "GROß.")],
    "hashmod into any text": [_rule("hashmod", _WORD, "a.part", modulus=7)],
    "a dot is a line break": [replace(_WORD, "made", "(one.)(two.*)", "$2$1")],
    "a line break at the end": [replace(_WORD, "made", "one\ntwo", "cut")],
    "no dollar before a line break": [
        replace(_WORD, "made", "(?s:one.two)$", "cut")],
}
