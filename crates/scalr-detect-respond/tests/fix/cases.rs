//! Texts, and what becomes of them.

use super::Case;
use scalr_detect_respond::fix::Why;

pub(crate) const PYTHON: &[Case] = &[
    ("token = \"{S}\"\n", Ok("import os\n\ntoken = os.environ[\"GITLAB_TOKEN\"]\n")),
    ("token = '{S}'\n", Ok("import os\n\ntoken = os.environ['GITLAB_TOKEN']\n")),
    // No final newline; line ends of Windows; a mark of UTF-8.
    ("token = '{S}'", Ok("import os\n\ntoken = os.environ['GITLAB_TOKEN']")),
    ("a = 1\r\ntoken = '{S}'\r\n", Ok("import os\r\n\r\na = 1\r\ntoken = os.environ['GITLAB_TOKEN']\r\n")),
    ("\u{feff}token = '{S}'\n", Ok("\u{feff}import os\n\ntoken = os.environ['GITLAB_TOKEN']\n")),
    // Imports.
    ("import os\n\ntoken = '{S}'\n", Ok("import os\n\ntoken = os.environ['GITLAB_TOKEN']\n")),
    ("import sys, os\ntoken = '{S}'\n", Ok("import sys, os\ntoken = os.environ['GITLAB_TOKEN']\n")),
    ("import os.path\ntoken = '{S}'\n", Ok("import os.path\ntoken = os.environ['GITLAB_TOKEN']\n")),
    (
        "import os as o\ntoken = '{S}'\n",
        Ok("import os\nimport os as o\ntoken = os.environ['GITLAB_TOKEN']\n"),
    ),
    (
        "import json\nimport sys\n\ntoken = '{S}'\n",
        Ok("import json\nimport os\nimport sys\n\ntoken = os.environ['GITLAB_TOKEN']\n"),
    ),
    ("import json\n\ntoken = '{S}'\n", Ok("import json\nimport os\n\ntoken = os.environ['GITLAB_TOKEN']\n")),
    (
        "from a import (\n    b,\n)\n\ntoken = '{S}'\n",
        Ok("import os\nfrom a import (\n    b,\n)\n\ntoken = os.environ['GITLAB_TOKEN']\n"),
    ),
    (
        "\"\"\"Documentation.\"\"\"\n\nfrom __future__ import annotations\n\nx = '{S}'\n",
        Ok(
            "\"\"\"Documentation.\"\"\"\n\nfrom __future__ import annotations\nimport os\n\nx = os.environ['GITLAB_TOKEN']\n",
        ),
    ),
    (
        "\"\"\"Documentation.\"\"\"\n\nx = '{S}'\n",
        Ok("\"\"\"Documentation.\"\"\"\n\nimport os\n\nx = os.environ['GITLAB_TOKEN']\n"),
    ),
    (
        "#!/usr/bin/python3\n# -*- coding: utf-8 -*-\nx = '{S}'\n",
        Ok("#!/usr/bin/python3\n# -*- coding: utf-8 -*-\nimport os\n\nx = os.environ['GITLAB_TOKEN']\n"),
    ),
    (
        "# Licence.\n\n# The token.\nx = '{S}'\n",
        Ok("# Licence.\n\nimport os\n\n# The token.\nx = os.environ['GITLAB_TOKEN']\n"),
    ),
    (
        "x = '{S}'\nimport os\nimport sys\n",
        Ok("import os\n\nx = os.environ['GITLAB_TOKEN']\nimport os\nimport sys\n"),
    ),
    (
        "from b import c\nimport a\nimport z\nx = '{S}'\n",
        Ok("import os\nfrom b import c\nimport a\nimport z\nx = os.environ['GITLAB_TOKEN']\n"),
    ),
    (
        "import a\nx = 1\nimport b\ny = '{S}'\n",
        Ok("import a\nimport os\nx = 1\nimport b\ny = os.environ['GITLAB_TOKEN']\n"),
    ),
    (
        "def f():\n    import os\n    return '{S}'\n",
        Ok("import os\n\ndef f():\n    import os\n    return os.environ['GITLAB_TOKEN']\n"),
    ),
    // Where values stand.
    (
        "f(a, token='{S}')  # not here\n",
        Ok("import os\n\nf(a, token=os.environ['GITLAB_TOKEN'])  # not here\n"),
    ),
    (
        "d = {'token': '{S}', 'b': 1}\n",
        Ok("import os\n\nd = {'token': os.environ['GITLAB_TOKEN'], 'b': 1}\n"),
    ),
    (
        "l = ['{S}',\n     '{T}']\n",
        Ok("import os\n\nl = [os.environ['GITLAB_TOKEN'],\n     os.environ['GITLAB_TOKEN_2']]\n"),
    ),
    (
        "a = '{S}'; b = '{S}'\n",
        Ok("import os\n\na = os.environ['GITLAB_TOKEN']; b = os.environ['GITLAB_TOKEN']\n"),
    ),
    (
        "class A:\n\ttoken: str = \"{S}\"\n",
        Ok("import os\n\nclass A:\n\ttoken: str = os.environ[\"GITLAB_TOKEN\"]\n"),
    ),
    (
        "def f(token=\"{S}\"):\n    pass\n",
        Ok("import os\n\ndef f(token=os.environ[\"GITLAB_TOKEN\"]):\n    pass\n"),
    ),
    ("x = r'{S}'\n", Ok("import os\n\nx = os.environ['GITLAB_TOKEN']\n")),
    ("x = b'{S}'\n", Ok("import os\n\nx = os.environ['GITLAB_TOKEN'].encode()\n")),
    ("x = f'{S}'\n", Ok("import os\n\nx = os.environ['GITLAB_TOKEN']\n")),
    (
        "x = f\"{a['k']}\" if a else '{S}'\n",
        Ok("import os\n\nx = f\"{a['k']}\" if a else os.environ['GITLAB_TOKEN']\n"),
    ),
    ("x = '''{S}'''\n", Ok("import os\n\nx = os.environ['GITLAB_TOKEN']\n")),
    ("GL_TOKEN = '{S}'\n", Ok("import os\n\nGL_TOKEN = os.environ['GL_TOKEN']\n")),
    ("x = 'it\\'s'; y = '{S}'\n", Ok("import os\n\nx = 'it\\'s'; y = os.environ['GITLAB_TOKEN']\n")),
    ("x = \"'\" + '{S}' + '#'\n", Ok("import os\n\nx = \"'\" + os.environ['GITLAB_TOKEN'] + '#'\n")),
    ("x = '''a'b\"c\n''' + '{S}'\n", Ok("import os\n\nx = '''a'b\"c\n''' + os.environ['GITLAB_TOKEN']\n")),
    ("x = r'\\' + '{S}'\n", Err(Why::NotAString)),
    (
        "x = f'{id(a):#x} {b[0:1]!r:>{c}}' + '{S}'\n",
        Ok("import os\n\nx = f'{id(a):#x} {b[0:1]!r:>{c}}' + os.environ['GITLAB_TOKEN']\n"),
    ),
    (
        "f = lambda x:\"{S}\"if x else\"{T}\"\n",
        Ok(
            "import os\n\nf = lambda x:os.environ[\"GITLAB_TOKEN\"]if x else os.environ[\"GITLAB_TOKEN_2\"]\n",
        ),
    ),
    // Left alone.
    ("# token = '{S}'\n", Err(Why::Comment)),
    ("h = 'Bearer {S}'\n", Err(Why::Longer)),
    ("h = f'Bearer {S} {x}'\n", Err(Why::Longer)),
    ("x = 'a' '{S}'\n", Err(Why::Longer)),
    ("x = ('{S}'\n     'b')\n", Err(Why::Longer)),
    ("match x:\n    case '{S}':\n        pass\n", Err(Why::Pattern)),
    ("\"\"\"{S}\"\"\"\n", Err(Why::Comment)),
    ("\"\"\"\nUse {S} here\n\"\"\"\n", Err(Why::Longer)),
    ("x = 'open\ny = '{S}'\n", Err(Why::NotUnderstood)),
    ("x = f\"{g('{S}')}\"\n", Err(Why::Longer)),
    ("x = \"{S}\\\n\"\n", Err(Why::Longer)),
];

pub(crate) const JAVASCRIPT: &[Case] = &[
    ("const token = \"{S}\";\n", Ok("const token = process.env.GITLAB_TOKEN;\n")),
    ("const token = '{S}'\n", Ok("const token = process.env.GITLAB_TOKEN\n")),
    ("const token = `{S}`\n", Ok("const token = process.env.GITLAB_TOKEN\n")),
    ("let a=\"{S}\",b='{T}'\n", Ok("let a=process.env.GITLAB_TOKEN,b=process.env.GITLAB_TOKEN_2\n")),
    ("f({ token: '{S}', x: 1 })\r\n", Ok("f({ token: process.env.GITLAB_TOKEN, x: 1 })\r\n")),
    ("f({ 'api-token': '{S}' })", Ok("f({ 'api-token': process.env.GITLAB_TOKEN })")),
    ("const x = a ? '{S}' : 'b'\n", Ok("const x = a ? process.env.GITLAB_TOKEN : 'b'\n")),
    ("const x = process.env.T || '{S}'\n", Ok("const x = process.env.T || process.env.GITLAB_TOKEN\n")),
    ("const x = process.env.T ?? '{S}'\n", Ok("const x = process.env.T ?? process.env.GITLAB_TOKEN\n")),
    ("const f = () => '{S}'\n", Ok("const f = () => process.env.GITLAB_TOKEN\n")),
    ("function f() { return '{S}' }\n", Ok("function f() { return process.env.GITLAB_TOKEN }\n")),
    (
        "function f(){return\"{S}\"}const g=\"{T}\"in f\n",
        Ok("function f(){return process.env.GITLAB_TOKEN}const g=process.env.GITLAB_TOKEN_2 in f\n"),
    ),
    ("export default '{S}'\n", Ok("export default process.env.GITLAB_TOKEN\n")),
    (
        "class A { token = '{S}'; static t='{T}' }\n",
        Ok("class A { token = process.env.GITLAB_TOKEN; static t=process.env.GITLAB_TOKEN_2 }\n"),
    ),
    ("const r = /['\"]/g; const x = '{S}'\n", Ok("const r = /['\"]/g; const x = process.env.GITLAB_TOKEN\n")),
    ("const r = /[/'\"]/; const x = '{S}'\n", Ok("const r = /[/'\"]/; const x = process.env.GITLAB_TOKEN\n")),
    (
        "const q = a / b; const x = '{S}' // a / b\n",
        Ok("const q = a / b; const x = process.env.GITLAB_TOKEN // a / b\n"),
    ),
    ("const q = (a) / 2; const x = '{S}'\n", Ok("const q = (a) / 2; const x = process.env.GITLAB_TOKEN\n")),
    ("/* '*/ const x = '{S}'\n", Ok("/* '*/ const x = process.env.GITLAB_TOKEN\n")),
    (
        "const s = `a${b + `c${'d'}`}e`, x = '{S}'\n",
        Ok("const s = `a${b + `c${'d'}`}e`, x = process.env.GITLAB_TOKEN\n"),
    ),
    ("const s = `it's`; f(g, '{S}')\n", Ok("const s = `it's`; f(g, process.env.GITLAB_TOKEN)\n")),
    ("switch (x) { case '{S}': break }\n", Ok("switch (x) { case process.env.GITLAB_TOKEN: break }\n")),
    ("#!/usr/bin/env node\nawait f('{S}')\n", Ok("#!/usr/bin/env node\nawait f(process.env.GITLAB_TOKEN)\n")),
    ("const GL_KEY = '{S}'\n", Ok("const GL_KEY = process.env.GL_KEY\n")),
    ("const o = {\n\ttoken:'{S}',\n}\n", Ok("const o = {\n\ttoken:process.env.GITLAB_TOKEN,\n}\n")),
    // Left alone.
    ("// const x = '{S}'\n", Err(Why::Comment)),
    ("/* '{S}' */\n", Err(Why::Comment)),
    ("const h = 'Bearer {S}'\n", Err(Why::Longer)),
    ("const h = `Bearer {S} ${x}`\n", Err(Why::Longer)),
    ("const h = `${f('{S}')}`\n", Err(Why::Longer)),
    ("const o = { '{S}': 1 }\n", Err(Why::Key)),
    ("const x = sql`{S}`\n", Err(Why::Tagged)),
    ("import '{S}'\n", Err(Why::Constant)),
    ("if (a) /'/.test(b); const x = '{S}'\n", Err(Why::NotUnderstood)),
    ("const e = <Client token=\"{S}\" />\n", Err(Why::Attribute)),
];

pub(crate) const TYPESCRIPT: &[(&str, &str)] = &[
    ("const token: string = \"{S}\";\n", "const token: string = process.env.GITLAB_TOKEN!;\n"),
    ("class A { private token='{S}' }\n", "class A { private token=process.env.GITLAB_TOKEN! }\n"),
    ("type A = '{S}'\n", "type A = '{S}'\n"),
    ("export enum A { B = '{S}' }\n", "export enum A { B = '{S}' }\n"),
    ("type A = 'a' | 'b'; f<A>('{S}')\n", "type A = 'a' | 'b'; f<A>(process.env.GITLAB_TOKEN!)\n"),
];

pub(crate) const JSX: &[(&str, &str)] = &[
    ("const e = <A token=\"{S}\" />\n", "const e = <A token=\"{S}\" />\n"),
    ("const e = <A token={'{S}'} />\n", "const e = <A token={'{S}'} />\n"),
    (
        "const t = '{S}'\nconst e = <p>Don't</p>\n",
        "const t = process.env.GITLAB_TOKEN\nconst e = <p>Don't</p>\n",
    ),
    ("const e = <p>'{S}'</p>\n", "const e = <p>'{S}'</p>\n"),
];

pub(crate) const GO: &[Case] = &[
    (
        "package main\n\nvar token = \"{S}\"\n",
        Ok("package main\n\nimport \"os\"\n\nvar token = os.Getenv(\"GITLAB_TOKEN\")\n"),
    ),
    (
        "package main\n\nconst token = \"{S}\"\n",
        Ok("package main\n\nimport \"os\"\n\nvar token = os.Getenv(\"GITLAB_TOKEN\")\n"),
    ),
    (
        "package main\n\nconst token string = `{S}`\n",
        Ok("package main\n\nimport \"os\"\n\nvar token string = os.Getenv(\"GITLAB_TOKEN\")\n"),
    ),
    (
        "package main\n\nimport \"os\"\n\nvar token = \"{S}\"\n\nfunc main() { os.Exit(0) }\n",
        Ok(
            "package main\n\nimport \"os\"\n\nvar token = os.Getenv(\"GITLAB_TOKEN\")\n\nfunc main() { os.Exit(0) }\n",
        ),
    ),
    (
        "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"{S}\") }\n",
        Ok(
            "package main\n\nimport \"fmt\"\nimport \"os\"\n\nfunc main() { fmt.Println(os.Getenv(\"GITLAB_TOKEN\")) }\n",
        ),
    ),
    (
        "package main\n\nimport (\n\t\"fmt\"\n\t\"time\"\n)\n\nvar a, b = \"{S}\", \"{T}\"\n",
        Ok(
            "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"time\"\n)\n\nvar a, b = os.Getenv(\"GITLAB_TOKEN\"), os.Getenv(\"GITLAB_TOKEN_2\")\n",
        ),
    ),
    (
        "package main\n\nimport (\n\t\"time\"\n)\n\nvar a = \"{S}\"\n",
        Ok("package main\n\nimport (\n\t\"os\"\n\t\"time\"\n)\n\nvar a = os.Getenv(\"GITLAB_TOKEN\")\n"),
    ),
    (
        "package main\n\nimport (\n\t\"fmt\"\n\n\t\"example.com/x\"\n)\n\nvar a = \"{S}\"\n",
        Ok(
            "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\n\t\"example.com/x\"\n)\n\nvar a = os.Getenv(\"GITLAB_TOKEN\")\n",
        ),
    ),
    (
        "package main\n\nimport (\n\tx \"os\"\n)\n\nvar a = \"{S}\"\n",
        Ok("package main\n\nimport (\n\t\"os\"\n\tx \"os\"\n)\n\nvar a = os.Getenv(\"GITLAB_TOKEN\")\n"),
    ),
    (
        "package main\n\nimport (\n\t\"os\"\n\t\"os/exec\"\n)\n\nvar a = \"{S}\"\n",
        Ok("package main\n\nimport (\n\t\"os\"\n\t\"os/exec\"\n)\n\nvar a = os.Getenv(\"GITLAB_TOKEN\")\n"),
    ),
    (
        "// Package p is one.\npackage p\n\nfunc f() string {\n\ttoken := \"{S}\"\n\treturn token\n}\n",
        Ok(
            "// Package p is one.\npackage p\n\nimport \"os\"\n\nfunc f() string {\n\ttoken := os.Getenv(\"GITLAB_TOKEN\")\n\treturn token\n}\n",
        ),
    ),
    (
        "package p\n\nfunc f() string { return \"{S}\" }\n",
        Ok("package p\n\nimport \"os\"\n\nfunc f() string { return os.Getenv(\"GITLAB_TOKEN\") }\n"),
    ),
    (
        "package p\n\nvar c = C{Token: \"{S}\", n: 'a'}\n",
        Ok("package p\n\nimport \"os\"\n\nvar c = C{Token: os.Getenv(\"GITLAB_TOKEN\"), n: 'a'}\n"),
    ),
    (
        "package p\n\nvar c = []string{\"{S}\"}\n",
        Ok("package p\n\nimport \"os\"\n\nvar c = []string{os.Getenv(\"GITLAB_TOKEN\")}\n"),
    ),
    (
        "package p\n\nvar m = map[string]string{\"a\": \"{S}\"} // '\n",
        Ok(
            "package p\n\nimport \"os\"\n\nvar m = map[string]string{\"a\": os.Getenv(\"GITLAB_TOKEN\")} // '\n",
        ),
    ),
    (
        "package p\n\nvar q = '\"'\nvar t = \"{S}\"\n",
        Ok("package p\n\nimport \"os\"\n\nvar q = '\"'\nvar t = os.Getenv(\"GITLAB_TOKEN\")\n"),
    ),
    (
        "package p\n\nvar r = `a\"\n\\` + \"{S}\"\n",
        Ok("package p\n\nimport \"os\"\n\nvar r = `a\"\n\\` + os.Getenv(\"GITLAB_TOKEN\")\n"),
    ),
    (
        "package p\n\nvar GL_TOKEN = \"{S}\"\n",
        Ok("package p\n\nimport \"os\"\n\nvar GL_TOKEN = os.Getenv(\"GL_TOKEN\")\n"),
    ),
    (
        "package p\n\nimport (\n\t\"context\" // why\n\t\"zip\"\n)\n\nvar a = \"{S}\"\n",
        Ok(
            "package p\n\nimport (\n\t\"context\" // why\n\t\"os\"\n\t\"zip\"\n)\n\nvar a = os.Getenv(\"GITLAB_TOKEN\")\n",
        ),
    ),
    // Left alone.
    ("package p\n\nconst (\n\ta = \"{S}\"\n)\n", Err(Why::Constant)),
    ("package p\n\nconst a, b = \"{S}\", \"x\"\n", Err(Why::Constant)),
    ("package p\n\n// \"{S}\"\n", Err(Why::Comment)),
    ("package p\n\n/* \"{S}\" */\n", Err(Why::Comment)),
    ("package p\n\nvar h = \"Bearer {S}\"\n", Err(Why::Longer)),
    ("package p\n\ntype T struct {\n\tA string `{S}`\n}\n", Err(Why::NotAValue)),
    ("package p\n\nvar h = \"a\nvar b = \"{S}\"\n", Err(Why::NotUnderstood)),
];

pub(crate) const JAVA: &[Case] = &[
    (
        "class Case{N} { String t = \"{S}\"; }\n",
        Ok("class Case{N} { String t = System.getenv(\"GITLAB_TOKEN\"); }\n"),
    ),
    (
        "class Case{N} {\n    private static final String TOKEN = \"{S}\";\n}\n",
        Ok("class Case{N} {\n    private static final String TOKEN = System.getenv(\"GITLAB_TOKEN\");\n}\n"),
    ),
    (
        "class Case{N} {\n\tstatic final String GL_TOKEN = \"{S}\";\r\n}\r\n",
        Ok("class Case{N} {\n\tstatic final String GL_TOKEN = System.getenv(\"GL_TOKEN\");\r\n}\r\n"),
    ),
    (
        "class Case{N} { String f() { return \"{S}\"; } }",
        Ok("class Case{N} { String f() { return System.getenv(\"GITLAB_TOKEN\"); } }"),
    ),
    (
        "class Case{N} { void f(String a, String b) { f(\"{S}\", \"{T}\"); } }\n",
        Ok(
            "class Case{N} { void f(String a, String b) { f(System.getenv(\"GITLAB_TOKEN\"), System.getenv(\"GITLAB_TOKEN_2\")); } }\n",
        ),
    ),
    (
        "class Case{N} { String[] a = {\"{S}\", \"b\"}; }\n",
        Ok("class Case{N} { String[] a = {System.getenv(\"GITLAB_TOKEN\"), \"b\"}; }\n"),
    ),
    (
        "class Case{N} { boolean f(String s) { return \"{S}\".equals(s); } }\n",
        Ok("class Case{N} { boolean f(String s) { return System.getenv(\"GITLAB_TOKEN\").equals(s); } }\n"),
    ),
    (
        "class Case{N} { char c = '\"'; String t = \"{S}\"; }\n",
        Ok("class Case{N} { char c = '\"'; String t = System.getenv(\"GITLAB_TOKEN\"); }\n"),
    ),
    (
        "class Case{N} { char c = '\\''; String t = \"{S}\"; }\n",
        Ok("class Case{N} { char c = '\\''; String t = System.getenv(\"GITLAB_TOKEN\"); }\n"),
    ),
    (
        "class Case{N} { String a = \"\"\"\n    \"x\\\"\"\" \"\"\"; String t = \"{S}\"; }\n",
        Ok(
            "class Case{N} { String a = \"\"\"\n    \"x\\\"\"\" \"\"\"; String t = System.getenv(\"GITLAB_TOKEN\"); }\n",
        ),
    ),
    (
        "class Case{N} { @Deprecated String t = \"{S}\"; }\n",
        Ok("class Case{N} { @Deprecated String t = System.getenv(\"GITLAB_TOKEN\"); }\n"),
    ),
    (
        "class Case{N} { String t = true ? \"{S}\" : null; } // \"\n",
        Ok("class Case{N} { String t = true ? System.getenv(\"GITLAB_TOKEN\") : null; } // \"\n"),
    ),
    (
        "class Case{N} { /* \" */ String t = \"a\" + \"{S}\"; }\n",
        Ok("class Case{N} { /* \" */ String t = \"a\" + System.getenv(\"GITLAB_TOKEN\"); }\n"),
    ),
    (
        "class Case{N} { byte[] t = \"{S}\".getBytes(); }\n",
        Ok("class Case{N} { byte[] t = System.getenv(\"GITLAB_TOKEN\").getBytes(); }\n"),
    ),
    (
        "class Case{N} { @SuppressWarnings(\"all\") String f() { return g(\"{S}\"); } String g(String s) { return s; } }\n",
        Ok(
            "class Case{N} { @SuppressWarnings(\"all\") String f() { return g(System.getenv(\"GITLAB_TOKEN\")); } String g(String s) { return s; } }\n",
        ),
    ),
    (
        "class Case{N} { void f(int i) { switch (i) { case 1: g(\"{S}\"); } } void g(String s) {} }\n",
        Ok(
            "class Case{N} { void f(int i) { switch (i) { case 1: g(System.getenv(\"GITLAB_TOKEN\")); } } void g(String s) {} }\n",
        ),
    ),
    // Left alone.
    ("class A { @Value(\"{S}\") String t; }\n", Err(Why::Annotation)),
    ("class A { @a.b.Value(value = {\"{S}\"}) String t; }\n", Err(Why::Annotation)),
    ("class A { int f(String s) { switch (s) { case \"{S}\": return 1; } return 0; } }\n", Err(Why::Pattern)),
    (
        "class A { int f(String s) { return switch (s) { case \"a\", \"{S}\" -> 1; default -> 2; }; } }\n",
        Err(Why::Pattern),
    ),
    (
        "class A { int f(String s) { return switch (s) { case \"{S}\", \"a\": yield 1; default: yield 2; }; } }\n",
        Err(Why::Pattern),
    ),
    ("class A { // \"{S}\"\n}\n", Err(Why::Comment)),
    ("class A { String t = \"Bearer {S}\"; }\n", Err(Why::Longer)),
    ("class A { String t = \"a\n; String u = \"{S}\"; }\n", Err(Why::NotUnderstood)),
];

pub(crate) const RUST: &[Case] = &[
    (
        "pub fn f() { let token = \"{S}\"; g(token); }\nfn g(_: &str) {}\n",
        Ok(
            "pub fn f() { let token = &std::env::var(\"GITLAB_TOKEN\").expect(\"GITLAB_TOKEN is not set\"); g(token); }\nfn g(_: &str) {}\n",
        ),
    ),
    (
        "pub fn f() { g(\"{S}\"); }\nfn g(_: &str) {}\n",
        Ok(
            "pub fn f() { g(&std::env::var(\"GITLAB_TOKEN\").expect(\"GITLAB_TOKEN is not set\")); }\nfn g(_: &str) {}\n",
        ),
    ),
    (
        "pub fn f() -> String { \"{S}\".to_string() }\n",
        Ok(
            "pub fn f() -> String { std::env::var(\"GITLAB_TOKEN\").expect(\"GITLAB_TOKEN is not set\").to_string() }\n",
        ),
    ),
    (
        "pub fn f() -> String { String::from(\"{S}\") }\n",
        Ok(
            "pub fn f() -> String { String::from(std::env::var(\"GITLAB_TOKEN\").expect(\"GITLAB_TOKEN is not set\")) }\n",
        ),
    ),
    (
        "pub fn f() -> String {\r\n    let t: String = \"{S}\".into();\r\n    t\r\n}\r\n",
        Ok(
            "pub fn f() -> String {\r\n    let t: String = std::env::var(\"GITLAB_TOKEN\").expect(\"GITLAB_TOKEN is not set\").into();\r\n    t\r\n}\r\n",
        ),
    ),
    (
        "pub fn f(t: &str) -> bool { t == \"{S}\" }",
        Ok(
            "pub fn f(t: &str) -> bool { t == &std::env::var(\"GITLAB_TOKEN\").expect(\"GITLAB_TOKEN is not set\") }",
        ),
    ),
    (
        "pub fn f() { let t = r\"{S}\"; g(t); }\nfn g(_: &str) {}\n",
        Ok(
            "pub fn f() { let t = &std::env::var(\"GITLAB_TOKEN\").expect(\"GITLAB_TOKEN is not set\"); g(t); }\nfn g(_: &str) {}\n",
        ),
    ),
    (
        "pub fn f() { let t = r#\"{S}\"#; g(t); }\nfn g(_: &str) {}\n",
        Ok(
            "pub fn f() { let t = &std::env::var(\"GITLAB_TOKEN\").expect(\"GITLAB_TOKEN is not set\"); g(t); }\nfn g(_: &str) {}\n",
        ),
    ),
    (
        "pub fn f<'a>(_: &'a str) { let c = '\"'; let t = \"{S}\".len(); }\n",
        Ok(
            "pub fn f<'a>(_: &'a str) { let c = '\"'; let t = std::env::var(\"GITLAB_TOKEN\").expect(\"GITLAB_TOKEN is not set\").len(); }\n",
        ),
    ),
    (
        "pub fn f() { let c = ['\\'', '\\u{22}', 'é']; let t = \"{S}\".len(); }\n",
        Ok(
            "pub fn f() { let c = ['\\'', '\\u{22}', 'é']; let t = std::env::var(\"GITLAB_TOKEN\").expect(\"GITLAB_TOKEN is not set\").len(); }\n",
        ),
    ),
    (
        "/* /* \" */ \" */ pub fn f() { let t = \"{S}\".len(); }\n",
        Ok(
            "/* /* \" */ \" */ pub fn f() { let t = std::env::var(\"GITLAB_TOKEN\").expect(\"GITLAB_TOKEN is not set\").len(); }\n",
        ),
    ),
    (
        "pub fn f() { let a = r##\"\"#\"##; let t = \"{S}\".len(); }\n",
        Ok(
            "pub fn f() { let a = r##\"\"#\"##; let t = std::env::var(\"GITLAB_TOKEN\").expect(\"GITLAB_TOKEN is not set\").len(); }\n",
        ),
    ),
    (
        "pub struct C { t: String }\npub fn f() -> C { C { t: \"{S}\".to_owned() } }\n",
        Ok(
            "pub struct C { t: String }\npub fn f() -> C { C { t: std::env::var(\"GITLAB_TOKEN\").expect(\"GITLAB_TOKEN is not set\").to_owned() } }\n",
        ),
    ),
    (
        "pub fn f() { let GL_T = \"{S}\".len(); }\n",
        Ok("pub fn f() { let GL_T = std::env::var(\"GL_T\").expect(\"GL_T is not set\").len(); }\n"),
    ),
    (
        "pub fn f() { g(\"{S}\", \"{T}\") }\nfn g(_: &str, _: &str) {}\n",
        Ok(
            "pub fn f() { g(&std::env::var(\"GITLAB_TOKEN\").expect(\"GITLAB_TOKEN is not set\"), &std::env::var(\"GITLAB_TOKEN_2\").expect(\"GITLAB_TOKEN_2 is not set\")) }\nfn g(_: &str, _: &str) {}\n",
        ),
    ),
    (
        "pub const fn h() {}\npub fn f() { let t: &'static str; t = \"a\"; let u: usize = \"{S}\".len(); }\n",
        Ok(
            "pub const fn h() {}\npub fn f() { let t: &'static str; t = \"a\"; let u: usize = std::env::var(\"GITLAB_TOKEN\").expect(\"GITLAB_TOKEN is not set\").len(); }\n",
        ),
    ),
    (
        "pub fn f() { let t = \"{S}\"\n        .len(); }\n",
        Ok(
            "pub fn f() { let t = std::env::var(\"GITLAB_TOKEN\").expect(\"GITLAB_TOKEN is not set\")\n        .len(); }\n",
        ),
    ),
    (
        "pub fn f() { for x in [\"{S}\"] { g(x) } }\nfn g(_: &str) {}\n",
        Ok(
            "pub fn f() { for x in [&std::env::var(\"GITLAB_TOKEN\").expect(\"GITLAB_TOKEN is not set\")] { g(x) } }\nfn g(_: &str) {}\n",
        ),
    ),
    (
        "pub fn f(x: Option<u8>) { match x { Some(_) => g(\"{S}\"), None => {} } }\nfn g(_: &str) {}\n",
        Ok(
            "pub fn f(x: Option<u8>) { match x { Some(_) => g(&std::env::var(\"GITLAB_TOKEN\").expect(\"GITLAB_TOKEN is not set\")), None => {} } }\nfn g(_: &str) {}\n",
        ),
    ),
    // Left alone.
    ("fn f() { match x { (Some(\"{S}\"), y) if y == 1 => {} _ => {} } }\n", Err(Why::Pattern)),
    ("const T: &str = \"{S}\";\n", Err(Why::Constant)),
    ("pub static T: &str = \"{S}\";\n", Err(Why::Constant)),
    ("static C: C = C { t: \"{S}\" };\n", Err(Why::Constant)),
    ("impl A { const T: &'static str = \"{S}\"; }\n", Err(Why::Constant)),
    ("fn f() -> &'static str { \"{S}\" }\n", Err(Why::Returned)),
    ("fn f() -> &'static str { return \"{S}\"; }\n", Err(Why::Returned)),
    ("fn f() -> &'static str { let a = 1; \"{S}\" }\n", Err(Why::Returned)),
    ("fn f() { println!(\"{S}\") }\n", Err(Why::Macro)),
    ("fn f() { g(vec![\"{S}\"]) }\n", Err(Why::Macro)),
    ("#[doc = \"{S}\"]\nfn f() {}\n", Err(Why::Annotation)),
    ("fn f() { match x { \"{S}\" => {} _ => {} } }\n", Err(Why::Pattern)),
    ("fn f() { match x { Some(\"{S}\") => {} _ => {} } }\n", Err(Why::Pattern)),
    ("fn f() { if let Some(\"{S}\") = x {} }\n", Err(Why::Pattern)),
    ("fn f() { if let \"{S}\" = x {} }\n", Err(Why::Pattern)),
    ("fn f() { let t = b\"{S}\"; }\n", Err(Why::NotText)),
    ("// \"{S}\"\n", Err(Why::Comment)),
    ("/// Use \"{S}\".\nfn f() {}\n", Err(Why::Comment)),
    ("fn f() { let t = \"Bearer {S}\"; }\n", Err(Why::Longer)),
    ("fn f() { let u = \"a; let t = \"{S}\"; }\n", Err(Why::NotAString)),
];

pub(crate) const YAML: &[Case] = &[
    ("token: {S}\n", Ok("token: ${GITLAB_TOKEN}\n")),
    ("token: \"{S}\"\n", Ok("token: \"${GITLAB_TOKEN}\"\n")),
    ("token: '{S}'\n", Ok("token: '${GITLAB_TOKEN}'\n")),
    ("token: {S}", Ok("token: ${GITLAB_TOKEN}")),
    ("a: 1\r\ntoken: {S}\r\n", Ok("a: 1\r\ntoken: ${GITLAB_TOKEN}\r\n")),
    ("\u{feff}token: {S}\n", Ok("\u{feff}token: ${GITLAB_TOKEN}\n")),
    ("token:   {S}   # why\n", Ok("token:   ${GITLAB_TOKEN}   # why\n")),
    ("a:\n  b:\n    token: {S}\n  c: 1\n", Ok("a:\n  b:\n    token: ${GITLAB_TOKEN}\n  c: 1\n")),
    ("l:\n  - {S}\n  - b\n", Ok("l:\n  - ${GITLAB_TOKEN}\n  - b\n")),
    ("- name: a\n  token: {S}\n- name: b\n", Ok("- name: a\n  token: ${GITLAB_TOKEN}\n- name: b\n")),
    ("- token: {S}\n  name: a\n", Ok("- token: ${GITLAB_TOKEN}\n  name: a\n")),
    ("a: {token: \"{S}\", b: 1}\n", Ok("a: {token: \"${GITLAB_TOKEN}\", b: 1}\n")),
    ("a: {token: {S}, b: 1}\n", Ok("a: {token: \"${GITLAB_TOKEN}\", b: 1}\n")),
    ("a: [b, '{S}']\n", Ok("a: [b, '${GITLAB_TOKEN}']\n")),
    ("a: [\n  b,\n  {S},\n]\n", Ok("a: [\n  b,\n  \"${GITLAB_TOKEN}\",\n]\n")),
    ("\"token\": \"{S}\"\n", Ok("\"token\": \"${GITLAB_TOKEN}\"\n")),
    ("token: !!str {S}\n", Ok("token: !!str ${GITLAB_TOKEN}\n")),
    ("token: &t {S}\nb: *t\n", Ok("token: &t ${GITLAB_TOKEN}\nb: *t\n")),
    ("s: |\n  it's\n  \"a\n\ntoken: {S}\n", Ok("s: |\n  it's\n  \"a\n\ntoken: ${GITLAB_TOKEN}\n")),
    ("s: >-\n    a: 'b\ntoken: {S}\n", Ok("s: >-\n    a: 'b\ntoken: ${GITLAB_TOKEN}\n")),
    ("- |\n a'\n- {S}\n", Ok("- |\n a'\n- ${GITLAB_TOKEN}\n")),
    ("s: it's # don't\ntoken: {S}\n", Ok("s: it's # don't\ntoken: ${GITLAB_TOKEN}\n")),
    ("s: 'it''s'\ntoken: {S}\n", Ok("s: 'it''s'\ntoken: ${GITLAB_TOKEN}\n")),
    ("s: \"a\\\"b\n  c\"\ntoken: {S}\n", Ok("s: \"a\\\"b\n  c\"\ntoken: ${GITLAB_TOKEN}\n")),
    ("---\n# a\ntoken: {S}\n---\nb: 1\n", Ok("---\n# a\ntoken: ${GITLAB_TOKEN}\n---\nb: 1\n")),
    ("token: {S}\n\n  # deeper\nb: 1\n", Ok("token: ${GITLAB_TOKEN}\n\n  # deeper\nb: 1\n")),
    ("url: http://a:80/#b\ntoken: {S}\n", Ok("url: http://a:80/#b\ntoken: ${GITLAB_TOKEN}\n")),
    ("l:\n- token: {S}\n", Ok("l:\n- token: ${GITLAB_TOKEN}\n")),
    (
        "a:\n  - run: b\n      | c\n      'd\ntoken: {S}\n",
        Ok("a:\n  - run: b\n      | c\n      'd\ntoken: ${GITLAB_TOKEN}\n"),
    ),
    // Left alone.
    ("a: b\n  {S}\n", Err(Why::Longer)),
    ("# token: {S}\n", Err(Why::Comment)),
    ("a: 1 # {S}\n", Err(Why::Comment)),
    ("header: Bearer {S}\n", Err(Why::Longer)),
    ("header: \"Bearer {S}\"\n", Err(Why::Longer)),
    ("script: |\n  export TOKEN={S}\n", Err(Why::Longer)),
    ("token: {S}\n  and more\n", Err(Why::Longer)),
    ("- {S}\n  and more\n", Err(Why::Longer)),
    ("{S}: 1\n", Err(Why::Key)),
];

pub(crate) const HCL: &[Case] = &[
    (
        "provider \"x\" {\n  token = \"{S}\"\n}\n",
        Ok(
            "provider \"x\" {\n  token = var.gitlab_token\n}\n\nvariable \"gitlab_token\" {\n  type      = string\n  sensitive = true\n}\n",
        ),
    ),
    (
        "provider \"x\" {\n  token = \"{S}\"\n}",
        Ok(
            "provider \"x\" {\n  token = var.gitlab_token\n}\n\nvariable \"gitlab_token\" {\n  type      = string\n  sensitive = true\n}",
        ),
    ),
    (
        "locals {\r\n  t = \"{S}\"\r\n}\r\n",
        Ok(
            "locals {\r\n  t = var.gitlab_token\r\n}\r\n\r\nvariable \"gitlab_token\" {\r\n  type      = string\r\n  sensitive = true\r\n}\r\n",
        ),
    ),
    (
        "variable \"gitlab_token\" {}\n\nlocals {\n  t = \"{S}\"\n}\n",
        Ok("variable \"gitlab_token\" {}\n\nlocals {\n  t = var.gitlab_token\n}\n"),
    ),
    (
        "locals {\n  a = \"{S}\"\n  b = \"{S}\"\n}\n",
        Ok(
            "locals {\n  a = var.gitlab_token\n  b = var.gitlab_token\n}\n\nvariable \"gitlab_token\" {\n  type      = string\n  sensitive = true\n}\n",
        ),
    ),
    (
        "locals {\n  a = [\"{S}\", \"{T}\"]\n}\n",
        Ok(
            "locals {\n  a = [var.gitlab_token, var.gitlab_token_2]\n}\n\nvariable \"gitlab_token\" {\n  type      = string\n  sensitive = true\n}\n\nvariable \"gitlab_token_2\" {\n  type      = string\n  sensitive = true\n}\n",
        ),
    ),
    (
        "locals {\n  a = { b = \"{S}\" }\n}\n",
        Ok(
            "locals {\n  a = { b = var.gitlab_token }\n}\n\nvariable \"gitlab_token\" {\n  type      = string\n  sensitive = true\n}\n",
        ),
    ),
    (
        "locals {\n  a = { \"b\" : \"{S}\" }\n}\n",
        Ok(
            "locals {\n  a = { \"b\" : var.gitlab_token }\n}\n\nvariable \"gitlab_token\" {\n  type      = string\n  sensitive = true\n}\n",
        ),
    ),
    (
        "locals {\n  a = base64encode(\"{S}\")\n}\n",
        Ok(
            "locals {\n  a = base64encode(var.gitlab_token)\n}\n\nvariable \"gitlab_token\" {\n  type      = string\n  sensitive = true\n}\n",
        ),
    ),
    (
        "locals {\n  a = \"${b == \"c\" ? \"}\" : \"e\"}\" # \"\n  t = \"{S}\" // \"\n}\n",
        Ok(
            "locals {\n  a = \"${b == \"c\" ? \"}\" : \"e\"}\" # \"\n  t = var.gitlab_token // \"\n}\n\nvariable \"gitlab_token\" {\n  type      = string\n  sensitive = true\n}\n",
        ),
    ),
    (
        "locals {\n  a = <<-EOT\n    it's \"\n  EOT\n  t = \"{S}\"\n}\n",
        Ok(
            "locals {\n  a = <<-EOT\n    it's \"\n  EOT\n  t = var.gitlab_token\n}\n\nvariable \"gitlab_token\" {\n  type      = string\n  sensitive = true\n}\n",
        ),
    ),
    (
        "module \"m\" {\n  source = \"./m\"\n  token  = \"{S}\"\n}\n",
        Ok(
            "module \"m\" {\n  source = \"./m\"\n  token  = var.gitlab_token\n}\n\nvariable \"gitlab_token\" {\n  type      = string\n  sensitive = true\n}\n",
        ),
    ),
    (
        "resource \"a\" \"b\" {\n  c {\n    token = \"{S}\"\n  }\n}\n",
        Ok(
            "resource \"a\" \"b\" {\n  c {\n    token = var.gitlab_token\n  }\n}\n\nvariable \"gitlab_token\" {\n  type      = string\n  sensitive = true\n}\n",
        ),
    ),
    (
        "locals {\n  a = \"$${b}\\\"\"\n  t = \"{S}\"\n}\n",
        Ok(
            "locals {\n  a = \"$${b}\\\"\"\n  t = var.gitlab_token\n}\n\nvariable \"gitlab_token\" {\n  type      = string\n  sensitive = true\n}\n",
        ),
    ),
    (
        "output \"o\" {\n  value = true ? \"{S}\" : null\n}\n",
        Ok(
            "output \"o\" {\n  value = true ? var.gitlab_token : null\n}\n\nvariable \"gitlab_token\" {\n  type      = string\n  sensitive = true\n}\n",
        ),
    ),
    // Left alone.
    ("variable \"t\" {\n  default = \"{S}\"\n}\n", Err(Why::Default)),
    ("terraform {\n  backend \"remote\" {\n    token = \"{S}\"\n  }\n}\n", Err(Why::Backend)),
    ("# \"{S}\"\n", Err(Why::Comment)),
    ("/* token = \"{S}\" */\n", Err(Why::Comment)),
    ("locals {\n  h = \"Bearer {S}\"\n}\n", Err(Why::Longer)),
    ("locals {\n  h = <<EOT\n{S}\nEOT\n}\n", Err(Why::Longer)),
    ("resource \"a\" \"{S}\" {\n}\n", Err(Why::NotAValue)),
    ("locals {\n  a = { \"{S}\" = 1 }\n}\n", Err(Why::NotAValue)),
    ("locals {\n  a = 'b'\n  t = \"{S}\"\n}\n", Err(Why::NotUnderstood)),
];

pub(crate) const SHELL: &[Case] = &[
    ("TOKEN=\"{S}\"\n", Ok("TOKEN=\"${GITLAB_TOKEN:?}\"\n")),
    ("TOKEN='{S}'\n", Ok("TOKEN=\"${GITLAB_TOKEN:?}\"\n")),
    ("TOKEN={S}\n", Ok("TOKEN=\"${GITLAB_TOKEN:?}\"\n")),
    ("export GITLAB_TOKEN={S}", Ok("export GITLAB_TOKEN=\"${GITLAB_TOKEN:?}\"")),
    ("export CI_GL_TOKEN='{S}'\r\n", Ok("export CI_GL_TOKEN=\"${CI_GL_TOKEN:?}\"\r\n")),
    (
        "curl -H \"PRIVATE-TOKEN: {S}\" https://a\n",
        Ok("curl -H \"PRIVATE-TOKEN: ${GITLAB_TOKEN:?}\" https://a\n"),
    ),
    ("curl -u x:{S} https://a\n", Ok("curl -u x:\"${GITLAB_TOKEN:?}\" https://a\n")),
    ("curl --token {S}\n", Ok("curl --token \"${GITLAB_TOKEN:?}\"\n")),
    ("curl --token={S} # it's\n", Ok("curl --token=\"${GITLAB_TOKEN:?}\" # it's\n")),
    ("x=$(curl --token {S})\n", Ok("x=$(curl --token \"${GITLAB_TOKEN:?}\")\n")),
    ("if [ \"$1\" = '{S}' ]; then :; fi\n", Ok("if [ \"$1\" = \"${GITLAB_TOKEN:?}\" ]; then :; fi\n")),
    ("a='it'\\''s' b=\"{S}\"\n", Ok("a='it'\\''s' b=\"${GITLAB_TOKEN:?}\"\n")),
    ("a=\"$(echo \"it's ) \")\" b={S}\n", Ok("a=\"$(echo \"it's ) \")\" b=\"${GITLAB_TOKEN:?}\"\n")),
    ("cat <<EOF\nit's \"\nEOF\nT={S}\n", Ok("cat <<EOF\nit's \"\nEOF\nT=\"${GITLAB_TOKEN:?}\"\n")),
    ("cat <<-'E' >f\n\tit's\n\tE\nT={S}\n", Ok("cat <<-'E' >f\n\tit's\n\tE\nT=\"${GITLAB_TOKEN:?}\"\n")),
    ("a=$((1<<2)); T={S}\n", Ok("a=$((1<<2)); T=\"${GITLAB_TOKEN:?}\"\n")),
    ("a=${b#\"it's\"}; T={S}\n", Ok("a=${b#\"it's\"}; T=\"${GITLAB_TOKEN:?}\"\n")),
    ("a=b#c; T={S}\n", Ok("a=b#c; T=\"${GITLAB_TOKEN:?}\"\n")),
    ("a=`echo \"'\"`; T={S}\n", Ok("a=`echo \"'\"`; T=\"${GITLAB_TOKEN:?}\"\n")),
    (
        "f() { echo '{S}'; }; g '{T}'\n",
        Ok("f() { echo \"${GITLAB_TOKEN:?}\"; }; g \"${GITLAB_TOKEN_2:?}\"\n"),
    ),
    ("docker run -e T={S} \\\n  image\n", Ok("docker run -e T=\"${GITLAB_TOKEN:?}\" \\\n  image\n")),
    ("\tA=\\'; T={S}\n", Ok("\tA=\\'; T=\"${GITLAB_TOKEN:?}\"\n")),
    // Left alone.
    ("# T={S}\n", Err(Why::Comment)),
    ("echo a # {S}\n", Err(Why::Comment)),
    ("h='Bearer {S}'\n", Err(Why::Longer)),
    ("h=\"$(a '{S}')\"\n", Err(Why::Longer)),
    ("h=\"{S} $(b)\"\n", Err(Why::Longer)),
    ("cat <<EOF\nT={S}\nEOF\n", Err(Why::Longer)),
    ("cat <<'EOF' | sh\nexport T=\"{S}\"\nEOF\n", Err(Why::Longer)),
    ("x=`a {S}`\n", Err(Why::Longer)),
    ("case $x in\n{S}) ;;\nesac\n", Err(Why::Pattern)),
    ("m \"$(cat <<'E'\nit's\nE\n)\"; T='{S}'\n", Err(Why::NotUnderstood)),
    ("m \"$(case a in a) b;; esac)\"; T='{S}'\n", Err(Why::NotUnderstood)),
    ("a='it\nT=\"{S}\"\n", Err(Why::NotUnderstood)),
    ("cat <<EOF\nT={S}\n", Err(Why::NotUnderstood)),
];

pub(crate) const DOTENV: &[Case] = &[
    ("GITLAB_TOKEN={S}\n", Ok("GITLAB_TOKEN=\n")),
    ("GITLAB_TOKEN={S}", Ok("GITLAB_TOKEN=")),
    ("GITLAB_TOKEN=\"{S}\"\n", Ok("GITLAB_TOKEN=\"\"\n")),
    ("GITLAB_TOKEN='{S}'\r\n", Ok("GITLAB_TOKEN=''\r\n")),
    ("export GITLAB_TOKEN={S}\n", Ok("export GITLAB_TOKEN=\n")),
    ("A=1\nGITLAB_TOKEN={S} # why\nB=2\n", Ok("A=1\nGITLAB_TOKEN= # why\nB=2\n")),
    ("GITLAB_TOKEN = {S}\n", Ok("GITLAB_TOKEN = \n")),
    ("A='it'\nGITLAB_TOKEN={S}\n", Ok("A='it'\nGITLAB_TOKEN=\n")),
    ("A=\"x\\\"\ny\"\nGITLAB_TOKEN={S}\n", Ok("A=\"x\\\"\ny\"\nGITLAB_TOKEN=\n")),
    ("\u{feff}GITLAB_TOKEN={S}\n", Ok("\u{feff}GITLAB_TOKEN=\n")),
    ("A={S}\nB={T}\n", Ok("A=\nB=\n")),
    ("# it's\n\nA={S}\n", Ok("# it's\n\nA=\n")),
    ("A=\n{S}=\n", Err(Why::Key)),
    ("# A={S}\n", Err(Why::Comment)),
    ("A=x:{S}\n", Err(Why::Longer)),
    ("A=\"Bearer {S}\"\n", Err(Why::Longer)),
    ("A='open\nB={S}\n", Err(Why::NotUnderstood)),
];
