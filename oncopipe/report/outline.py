"""The report's HTML to blocks that a printer of another kind can set: headings, paragraphs, lists, tables, figures.

It reads what the templates write, and no other HTML. Texts come out as plain strings; nothing in them is markup.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from typing import Any

Block = dict[str, Any]
Run = dict[str, Any]

_VOID = frozenset({"meta", "br", "link", "input", "hr", "path", "rect", "circle"})
_SKIPPED_TAGS = frozenset({"head", "script", "nav", "form", "summary"})
_SKIPPED_CLASSES = frozenset({"screen-only", "skip", "bar", "unseen", "light"})
_BLOCK_TAGS = frozenset({"p", "ul", "ol", "dl", "table", "figure", "section", "div", "article", "header", "footer",
                         "main", "details", "h1", "h2", "h3", "h4"})  # fmt: skip
# HTML's parser gives attribute names in small letters; SVG's have their own.
_SVG_NAMES = {"viewbox": "viewBox", "textlength": "textLength", "preserveaspectratio": "preserveAspectRatio"}
_SVG_DROPPED = re.compile(r"data-|aria-|role|focusable")
# What an icon says where no picture stands. Each stands beside its word.
ICONS = {
    "PASS": "✓", "signed": "✓", "WARN": "▲", "stale": "▲", "not_assessable": "▲", "FAIL": "✕", "NOT_ASSESSED": "–",
    "this_tumor": "●", "detected": "●", "other_tumor": "○", "not_detected": "○", "unknown": "○", "resistance": "▼",
    "flag": "⚑", "draft": "✎", "amended": "↻",
}  # fmt: skip


@dataclass
class Node:
    """An element with its children; a text is a plain string."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()


def outline_of(html: str, figure_style: str) -> list[Block]:
    """The blocks of a report's body, in reading order. `figure_style` is the CSS that its figures need."""
    return _blocks(_tree_of(html, figure_style))


def standalone_svg(html: str, figure_style: str) -> str:
    """The first figure of a page as an SVG file's text, with its style."""
    (figure,) = [block for block in _blocks(_tree_of(html, figure_style)) if block["kind"] == "figure"]
    return f"{figure['svg']}\n"


def _tree_of(html: str, figure_style: str) -> Node:
    """The elements of a page, each of its figures with the style that it needs to stand alone."""
    parser = _Tree()
    parser.feed(html)
    parser.close()
    _style_figures(parser.root, Node("style", {}, [figure_style]))
    return parser.root


def _style_figures(node: Node, style: Node) -> None:
    for child in node.children:
        if isinstance(child, str):
            continue
        if _is_figure(child):
            width, height = _size(child)
            child.children.insert(0, style)
            # Of its own size where a viewer asks for one; a page's style goes before.
            child.attributes |= {"width": f"{width:g}", "height": f"{height:g}"}
            child.attributes["xmlns"] = "http://www.w3.org/2000/svg"
        else:
            _style_figures(child, style)


def _is_figure(node: Node) -> bool:
    return node.tag == "svg" and "icon" not in node.classes


def _size(node: Node) -> tuple[float, float]:
    width, height = map(float, node.attributes["viewbox"].split()[2:])
    return width, height


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("body")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in _VOID:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID and len(self._open) > 1:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def _is_skipped(node: Node) -> bool:
    return node.tag in _SKIPPED_TAGS or bool(_SKIPPED_CLASSES & set(node.classes))


def _blocks(node: Node) -> list[Block]:
    made: list[Block] = []
    loose: list[Node | str] = []
    for child in node.children:
        if isinstance(child, Node) and _is_skipped(child):
            if child.tag == "summary":
                made.append({"kind": "heading", "level": 4, "runs": _runs(child.children)})
        elif isinstance(child, Node) and (child.tag in _BLOCK_TAGS or child.tag in ("html", "body")):
            _flush(loose, made)
            made += _block(child)
        elif isinstance(child, Node) and _is_figure(child):
            _flush(loose, made)
            made.append({"kind": "figure", "classes": child.classes, **_picture(child)})
        else:
            loose.append(child)
    _flush(loose, made)
    return made


def _flush(loose: list[Node | str], made: list[Block]) -> None:
    if runs := _runs(loose):
        made.append({"kind": "text", "classes": [], "runs": runs})
    loose.clear()


def _block(node: Node) -> list[Block]:
    tag, classes = node.tag, node.classes
    if tag in ("h1", "h2", "h3", "h4"):
        return [{"kind": "heading", "level": int(tag[1]), "runs": _runs(node.children)}]
    if tag == "p":
        return [{"kind": "text", "classes": classes, "runs": runs}] if (runs := _runs(node.children)) else []
    if tag in ("ul", "ol"):
        items = [_runs(child.children) for child in _elements(node, "li")]
        return [{"kind": "list", "numbered": tag == "ol", "classes": classes, "items": items}]
    if tag == "dl":
        pairs = [[_runs(part.children) for part in _elements(pair, "dt", "dd")] for pair in _elements(node, "div")]
        return [{"kind": "facts", "classes": classes, "pairs": pairs}]
    if tag == "table":
        return [_table(node)]
    inner = _blocks(node)
    kept = {"page-one", "trust", "columns", "variant", "masthead", "title", "banner", "badges"} & set(classes)
    if kept or "new-page" in classes or (tag == "section" and inner):
        return [{"kind": "box", "classes": classes, "tag": tag, "blocks": inner}]
    return inner


def _elements(node: Node, *tags: str) -> list[Node]:
    return [child for child in node.children if isinstance(child, Node) and child.tag in tags]


def _table(node: Node) -> Block:
    head: list[list[Block]] = []
    rows: list[list[Block]] = []
    for part in _elements(node, "thead", "tbody"):
        for row in _elements(part, "tr"):
            cells = [_cell(cell, row) for cell in _elements(row, "th", "td")]
            (head if part.tag == "thead" else rows).append(cells)
    width = max((sum(cell["colspan"] for cell in row) for row in [*head, *rows]), default=1)
    return {"kind": "table", "classes": node.classes, "columns": width, "head": head, "rows": rows}


def _cell(node: Node, row: Node) -> Block:
    return {
        "head": node.tag == "th",
        "classes": [*node.classes, *row.classes],
        "colspan": int(node.attributes.get("colspan", "1")),
        "rowspan": int(node.attributes.get("rowspan", "1")),
        "runs": _runs(node.children, ("why-row",) if "why-row" in node.classes else ()),
    }


def _runs(children: list[Node | str], marks: tuple[str, ...] = ()) -> list[Run]:
    """Text and small figures with their marks (bold, small, class names); spaces drawn together, none at the ends."""
    made: list[Run] = []
    _collect(children, marks, made)
    joined: list[Run] = []
    for run in made:
        if "svg" in run:
            joined.append(run)
            continue
        text = re.sub(r"\s+", " ", run["text"]) if run["text"] != "\n" else "\n"
        ends_open = not joined or joined[-1]["text"].endswith((" ", "\n"))
        text = text.lstrip(" ") if ends_open and text != "\n" else text
        if text and joined and joined[-1]["marks"] == run["marks"] and "\n" not in (text, joined[-1]["text"]):
            joined[-1]["text"] += text
        elif text:
            joined.append({"text": text, "marks": run["marks"]})
    while joined and not joined[-1]["text"].strip() and "svg" not in joined[-1]:
        joined.pop()
    if joined:
        joined[-1]["text"] = joined[-1]["text"].rstrip(" ")
    return joined


def _collect(children: list[Node | str], marks: tuple[str, ...], made: list[Run]) -> None:
    for child in children:
        if isinstance(child, str):
            made.append({"text": child.replace("\n", " "), "marks": list(marks)})
        elif _is_figure(child):
            made.append({"text": "", "marks": [*marks, *child.classes], **_picture(child)})
        elif child.tag == "svg":
            icon = ICONS.get(child.attributes.get("data-icon", ""), "")
            made.append({"text": icon + " ", "marks": [*marks, "icon"]})
        elif child.tag == "br":
            made.append({"text": "\n", "marks": list(marks)})
        elif not _is_skipped(child):
            # A line of its own in the page: an item of a list in a cell, or a block inside a heading cell.
            is_line = child.tag == "li" or bool({"consequence", "names", "vafline", "grade"} & set(child.classes))
            if is_line and any(run["text"].strip() for run in made):
                made.append({"text": "\n" if "why-row" not in marks else " · ", "marks": list(marks)})
            bold = ["bold"] if child.tag in ("b", "strong") else []
            small = ["small"] if child.tag == "small" else []
            code = ["mono"] if child.tag == "code" else []
            _collect(child.children, (*marks, *bold, *small, *code, *child.classes), made)
        else:
            made.append({"text": " ", "marks": list(marks)})


def _picture(node: Node) -> Run:
    """A figure as the text of an SVG, with its size in user units and what it says to who does not see it."""
    width, height = _size(node)
    return {"svg": _svg(node), "width": width, "height": height, "alt": node.attributes.get("aria-label", "")}


def _svg(node: Node | str) -> str:
    if isinstance(node, str):
        return escape(node, quote=False)
    attributes = "".join(
        f' {_SVG_NAMES.get(name, name)}="{escape(value)}"'
        for name, value in node.attributes.items()
        if not _SVG_DROPPED.match(name)
    )
    inner = "".join(map(_svg, node.children))
    return f"<{node.tag}{attributes}>{inner}</{node.tag}>"
