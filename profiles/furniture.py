"""Lines around a text that are no part of it: print and share buttons, font sizes, the pager of a long article."""

from __future__ import annotations

import re
from collections.abc import Sequence

from profiles.visible import Line

_BUTTON = (
    r"打印(?:本[页文稿])?|保存(?:本页)?|关闭(?:本页|窗口)?|收藏(?:本[页文])?|加入收藏|分享(?:到|至)?|推荐给?朋友|我要(?:纠错|推荐|评论|打印)|返回(?:顶部|列表|上一?页|首页)?|"
    r"字\s*[号体](?:大小)?+|默认|超大|特?大|中|小|[TA]|扫一扫(?:在手机(?:打开|上?[查观]看)当前页)?|扫码(?:分享|阅读)|微信|微博|新浪微博|腾讯微博|QQ空间|QQ好友|人人网|"
    r"视力保护色|保护视力色?|背景色|网站纠错|相关(?:稿件|链接|阅读|文章|新闻|信息|附件|解读|推荐|政策)|【\s*】|发表评论|复制链接|点赞|顶一下|踩一下|[(（]\d{1,6}[)）]|\d{1,3}(?:\.\d+)?%|朗读|无障碍阅读|版权所有|Top|top"
)
_WIDGETS = re.compile(rf"(?:\W*(?:{_BUTTON}))+\W*")
_RULE = re.compile(r"[-=_*—]{3,}+(?:分隔线[-=_*—]{3,}+)?")
_PAGER = re.compile(
    r"(?:[\s·|\[\]【】<>«»‹›.…]*+(?:共\s*+\d++\s*+页[:：]?+|第?+\s*+\d{1,3}+(?!\d)\s*+页?+|首页|上一?页|下一?页|末页|尾页|前一页|后一页))++[\s\]】|>»›.…]*+"
)
_PAGER_WORD = re.compile(r"上一?页|下一?页|尾页|末页|共\s*\d+\s*页")
_TAGS = re.compile(r"\W{0,9}(?:相关|文章|本文)?(?:标\s?签|关键[词字]|tags?)\s*[:：]", re.IGNORECASE)
_MAX_WIDGETS = 80
_IMPRINT = re.compile(r"版权所有|copyright|©|ICP备|备案号[:：]|公网安备|powered by|技术支持\s*[:：]", re.IGNORECASE)
_BESIDE = re.compile(
    r"\W*(?:(?:相关|最新|热门|热点|推荐|最近|更多|其他|图片|本类)(?:新闻|文章|公告|通知|信息|资讯|链接|阅读|推荐|更新|内容|专题|图文)|"
    r"(?:新闻|点击|阅读|热点|访问)排行榜?|友情链接|网友评论|发表评论|为您推荐|猜你喜欢|延伸阅读|快速导航|网站导航)"
    r"(?:\s*(?:更多|more)\W*)?\W*",
    re.IGNORECASE,
)
_MAX_FOOT = 300
_SENTENCE = re.compile("[。；！？]")
_MAX_HEADING = 20


def is_widget(line: Line) -> bool:
    """Whether a line shows nothing but buttons, or the article's tags as links."""
    return is_button(line.text) or _is_tags(line)


def _is_tags(line: Line) -> bool:
    label = _TAGS.match(line.text) if line.links else None
    return label is not None and line.linked >= 0.5 * (len(line.text) - label.end())


def is_pager(text: str) -> bool:
    """Whether a text is the pager of an article in pages.

    >>> is_pager("共3页: 上一页 1 2 3 下一页"), is_pager("2013")
    (True, False)
    """
    return _PAGER_WORD.search(text) is not None and _PAGER.fullmatch(text) is not None


def is_button(text: str) -> bool:
    """Whether a text is nothing but the labels of buttons.

    >>> [is_button(text) for text in ("字号：大 中 小", "【打印】【关闭】", "打印机的管理")]
    [True, True, False]
    """
    return len(text) <= _MAX_WIDGETS and (_WIDGETS.fullmatch(text) or _RULE.fullmatch(text)) is not None


def without_foot(lines: Sequence[Line], start: int, end: int) -> int:
    """`end` moved up over buttons and the pager that stand last in `lines[start:end]`."""
    while end > start:
        if is_widget(lines[end - 1]):
            end -= 1
            continue
        first = end
        while first > start and _PAGER.fullmatch(lines[first - 1].text):
            first -= 1
        if first == end or not any(_PAGER_WORD.search(line.text) for line in lines[first:end]):
            return end
        end = first
    return end


def is_foot(line: Line) -> bool:
    """Whether a line begins what no article has: the imprint, a box of other articles, comments."""
    text = line.text
    if _IMPRINT.search(text):
        return len(text) <= _MAX_FOOT and not _SENTENCE.search(text)
    return len(text) <= _MAX_HEADING and _BESIDE.fullmatch(text) is not None
