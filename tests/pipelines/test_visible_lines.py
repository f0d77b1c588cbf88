from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from profiles.visible import read_lines
from profiles.written import Scripts


def shown(html: str) -> list[str]:
    body = LexborHTMLParser(html).body
    assert body is not None
    return [line.text for line in read_lines(body, scripts=Scripts())]


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("<p>甲<br>乙</p>丙", ["甲", "乙", "丙"]),
        ("<p> 一 \n 二&nbsp;</p>", ["一 二"]),
        ("<p>左<span>中</span><b>右</b></p>", ["左中右"]),
        ("<div>外<div>内</div>后</div>", ["外", "内", "后"]),
        ("<p>&#x3000;&#x3000;缩进</p><p>&nbsp;</p><p>\u200b</p>", ["缩进"]),
        ("<p>见\u200b此</p>", ["见\u200b此"]),
        ('<p style="DISPLAY: none">藏</p><p hidden>藏</p><p style="visibility:hidden">藏</p><p>显</p>', ["显"]),
        ("<p>显<!-- 藏 --></p><style>p{}</style><noscript>藏</noscript><template>藏</template>", ["显"]),
        ("<p><!--[if !supportLists]-->一、<!--[endif]-->目的</p>", ["一、目的"]),
        ("<p><o:p>字</o:p></p>", ["字"]),
        ("<pre>首行\n次行</pre>", ["首行", "次行"]),
        ("<ol><li>甲<li>乙</ol>", ["甲", "乙"]),
        ("<a href=x>链<div>接</div></a>尾", ["链", "接", "尾"]),
    ],
)
def test_lines_are_what_a_reader_sees(html: str, lines: list[str]) -> None:
    assert shown(html) == lines


def test_a_row_of_a_data_table_is_a_line_and_its_cells_keep_their_place() -> None:
    html = "<table><tr><th>姓名</th><th>电话</th></tr><tr><td><p>王</p><p>某</p></td><td></td><td>66</td></tr></table>"
    assert shown(html) == ["姓名\t电话", "王 某\t\t66"]


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td><p>甲</p><p>乙</p></td></tr></table>",  # one column
        "<table><tr><td>甲<table><tr><td>乙</td></tr></table></td><td></td></tr></table>",  # a table in a table
        f"<table><tr><td>栏</td><td><p>甲</p><p>乙</p><p>{'丙' * 300}</p></td></tr></table>",  # a page in a cell
    ],
)
def test_a_table_that_lays_out_a_page_keeps_its_paragraphs(html: str) -> None:
    assert {"甲", "乙"} <= set(shown(html))


def test_links_know_their_place_in_the_line() -> None:
    body = LexborHTMLParser("<p>&nbsp; 上一条：<a href=1>标 题</a>完</p>").body
    assert body is not None
    (line,) = read_lines(body)
    (link,) = line.links
    assert (line.text, line.text[link.start : link.end]) == ("上一条：标 题完", "标 题")


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("var d='2014年11月3日';document.write('发布：'+d)", "发布：2014年11月3日"),
        ("var s='';if(s!=''){document.write('来源：'+s)}else{document.write('无')}", "无"),
        (
            "var a='x'; if(a=='x'){ if(a!='x'){document.write('1')} else {document.write('2')} } document.write('3')",
            "23",
        ),
        ("document.write('\\u65e7<b>藏</b>')", "旧藏"),
        ("document.write(new Date().getFullYear()+'年')", ""),
        ("if(navigator.x){document.write('甲')}else{document.write('乙')}", ""),
        (
            "function f(){document.write('未调用')} for(var i=0;i<9;i++){document.write('圈')} document.write('末')",
            "末",
        ),
        ("// document.write('注')\n/* document.write('释') */", ""),
        ("var x=unknown(); document.write('甲'+x)", ""),
    ],
)
def test_scripts_are_read_only_for_the_literals_they_write(script: str, text: str) -> None:
    assert "".join(shown(f"<p><script>{script}</script></p>")) == text


def test_a_variable_carries_over_to_the_next_script() -> None:
    assert shown("<p><script>var t='标题'</script><script>document.write(t)</script></p>") == ["标题"]


@given(st.text(alphabet="<>/abp \"'=-!甲\n", max_size=200))
@settings(max_examples=200)
def test_any_markup_gives_trimmed_lines_that_show_something(html: str) -> None:
    for line in shown(f"<body>{html}"):
        assert line == line.strip()
        assert line
        assert "\n" not in line


@given(st.text(max_size=300))
@settings(max_examples=200)
def test_any_script_is_survived(script: str) -> None:
    assert isinstance(Scripts().written(script), str)


def test_depth_costs_no_recursion_and_no_quadratic_time() -> None:
    start = process_time()
    assert shown("<div>" * 30_000 + "底") == ["底"]
    assert shown("<table><tr><td>" * 5_000 + "底") == ["底"]
    assert process_time() - start < 10
