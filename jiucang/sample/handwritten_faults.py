"""Articles written by hand, second part: those where the most has gone wrong."""

from __future__ import annotations

from jiucang.sample.blocks import breaks, html, layout, p, right, table, word
from jiucang.sample.garbling import garbled, garbled_latin
from jiucang.sample.model import Article, Image

PHOTO = Image("__local/A/BB/CC/77D0E3A914C25F8860B31E9D42A_9A01C3F4_0C55.png", "检查现场")

GARBLED = Article(
    1734,
    "zhzl/zzwj.htm",
    "转发关于做好岁末年初安全防范工作的通知",
    "2014-09-01",
    (
        p("各单位："),
        p("现将上级《关于做好岁末年初安全防范工作的通知》转发给你们，并提出以下要求。"),
        p(garbled("请各单位认真组织学习")),
        p(f"一要落实《{garbled('门卫值班制度')}》，严格来访登记。"),
        p(f"二要做好值班工作，于放假前将“{garbled('值班人员名单')}”报保卫处备案。"),
        p(garbled_latin("平安校园建设实施方案")),
        p(
            "三要加强对留学生的服务管理，重点做好⟦=José Müller|mojibake⟧、⟦=Zoë Durand-Lefèvre|mojibake⟧等访问"
            "学者住所的防盗提示。"
        ),
        p("附件中标有“⟦=锟斤拷|mojibake⟧”字样的内容为系统转换时损坏，原件存保卫处⟦=喆|mojibake⟧字柜，可前来查阅。"),
        p(garbled("维护校园安全稳定人人有责")),
        p(
            "四要吸取往年教训。二⟦○⇒〇|han-zero⟧⟦○⇒〇|han-zero⟧九年冬季⟦的的⇒的|doubled-de⟧两起火情，都因无人值守"
            "而起；以查清原因为⟦=目的的|doubled-de⟧通报见⟦&ldquo;⇒“|escaped-twice⟧平安校园⟦&rdquo;⇒”|escaped-twice⟧"
            "专栏⟦<o:p></o:p>⇒|word-residue⟧"
        ),
        p(
            "五要按期报送材料，⟦=○月○日|han-zero⟧等字样为待填之处。第一次报送时间为2010⟦ 年 12 ⇒年12|split-date⟧月"
            "30日，第二次为2011⟦ 年⇒年|split-date⟧1月15日；⟦=2011年 第1期|split-date⟧简报刊登汇总情况。"
        ),
        p(
            "⟦&nbsp;&nbsp;⇒|escaped-twice⟧六要畅通信息渠道，二⟦0⇒〇|han-zero⟧一一年起启用新的值班电话，"
            "与中国⟦=AT&T|escaped-twice⟧公司联合开通⟦<o:p>⇒|word-residue⟧短信提醒⟦</o:p>⇒|word-residue⟧，"
            "做到有人接⟦的的⇒的|doubled-de⟧电话随时打得通，广大师生⟦=的的确确|doubled-de⟧感到方便。"
        ),
        p(
            "七要落实夜间巡查⟦的的⇒的|doubled-de⟧签到制度，假期从2011⟦ 年 1 ⇒年1|split-date⟧月17日开始，"
            "凡室温⟦=a<b|word-residue⟧类的库房都要每日测温，记录本由⟦ç»¼æ²»⇒综治|mojibake⟧办公室统一印发，样式见首页⟦\ue601⇒|private-use⟧"
        ),
        right("综合治理办公室"),
        right("2010年12月28日"),
    ),
    clicks=77,
    shown="comment",
    document_date="2010-12-28",
    issuers=("综合治理办公室",),
)

BULLETS = Article(
    1733,
    "zhzl/zzwj.htm",
    "综治文件汇编目录及办理窗口一览",
    "2014-08-25",
    (
        p("为方便师生查阅，现将常用文件和办理窗口列出如下。"),
        *(
            p(f"{name}⟦②⇒|icon-bullet⟧", indent="")
            for name in ("机构设置", "政策法规", "服务指南", "安全预案", "失物招领")
        ),
        p("办理落户手续需要提交的材料："),
        p("⟦=①|icon-bullet⟧录取通知书原件；"),
        p("⟦=②|icon-bullet⟧户口迁移证；"),
        p("⟦=③|icon-bullet⟧一寸免冠照片两张。"),
        p(
            "其中⟦=第②项|icon-bullet⟧须加盖迁出地派出所户口专用章，"
            "逾期未交者按照《户籍管理规定》⟦=第五条①|icon-bullet⟧处理。"
        ),
        breaks(
            "东校区窗口：行政楼一层西侧。",
            "西校区窗口：学生服务中心二层。",
            "受理时间：工作日⟦=8:30|punctuation⟧至17:00。",
        ),
    ),
    clicks=412,
    shown="none",
    variant=1,
)

BILINGUAL = Article(
    1732,
    "zhzl/gzdt.htm",
    "我校举办国际学生安全与法制教育讲座",
    "2014-10-20",
    (
        p(
            "9月18日，保卫处与国际教育学院联合举办“⟦=Safety and Security on Campus|function-word⟧”主题讲座，"
            "来自28个国家的120名国际学生⟦and⇒和|function-word⟧部分教师参加。"
        ),
        p(
            "主讲人以《⟦=War and Peace|function-word⟧》中的一段话开场，介绍了报警电话、"
            "交通规则⟦ and ⇒和|function-word⟧住宿登记的要求，并就⟦=R and D|function-word⟧基地的门禁权限作了说明"
            "。学生代表⟦=Tom and Jerry|function-word⟧组合表演了防骗情景剧，"
            "⟦=（Rules of the Road）|function-word⟧手册当场发放。"
        ),
        p(
            "互动环节中，大家围绕“⟦=To be or not to be|function-word⟧”式的选择题展开讨论：遇到陌生来电索要验证"
            "码，应当挂断⟦ or ⇒或|function-word⟧报警；发现火情，应当先撤离再求助。"
        ),
        p(
            "讲座受到国际学生⟦ of ⇒的|function-word⟧一致好评。国际教育学院表示，今后每学期举办一次，"
            "内容涵盖⟦=University of Yunze|function-word⟧学生守则的主要条款。"
        ),
        html(f'<p align="center"><img data-src="/{PHOTO.path}" src="/images/blank.png" alt="{PHOTO.alt}"></p>\n'),
    ),
    source="国际教育学院",
    author="周敏",
    clicks=903,
    images=(PHOTO,),
)

LAYOUT = Article(
    1731,
    "zhzl/gzdt.htm",
    "保卫处组织开展秋季安全大检查",
    "2014-10-14",
    (
        layout(
            p(
                "10月9日至13日，保卫处会同国有资产与实验室管理处、后勤集团对全校实验室、"
                "学生公寓和食堂进行了安全大检查。"
            ),
            p(
                "检查组共查看场所216处，发现隐患38项，当场整改21项，下发整改通知书9份。对存在违章用电的宿舍，"
                "已通报所在学院⟦。。⇒。|doubled-punctuation⟧"
            ),
            breaks(
                "检查中发现的主要问题：",
                "⟦=①|icon-bullet⟧部分实验室气瓶未固定；",
                "⟦=②|icon-bullet⟧个别楼道堆放杂物；",
                "⟦=③|icon-bullet⟧灭火器压力不足⟦=（见附件（二））|doubled-punctuation⟧。",
            ),
        ),
        table(
            ("单位", "隐患数", "已整改"),
            ("化学学院", "9", "6"),
            ("材料学院", "7", "5"),
            ("后勤集团", "11", "⟦１０⇒10|width⟧"),
        ),
        word("1.", "各单位须于10月31日前完成整改，并将结果书面报保卫处⟦、、⇒、|doubled-punctuation⟧实验室管理处。"),
        word("2.", "逾期未改的，将在全校范围内通报批评。"),
    ),
    clicks=1288,
)

FAULTS = (GARBLED, BULLETS, BILINGUAL, LAYOUT)
