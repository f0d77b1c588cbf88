"""Articles written by hand, third part: fire safety, services, notices, odd pages."""

from __future__ import annotations

from jiucang.sample.blocks import breaks, centre, html, p, right, table, word
from jiucang.sample.garbling import garbled, garbled_latin
from jiucang.sample.model import Article, Attachment, Image

CHART = Image("__local/5/9E/77/C0A1B2D3E4F5061728394A5B6C7_11AA22BB_2D41.png", "疏散路线图")

FIRE = Article(
    2011,
    "xfgz/xfzs.htm",
    "学生公寓火灾逃生须知",
    "2013-11-09",
    (
        p("学生公寓人员密集，一旦发生火灾，容易造成群死群伤。为帮助同学们掌握基本的逃生方法，现将有关知识整理如下。"),
        p("一、熟悉环境"),
        p(
            "入住后应当查看所在楼层的疏散通道、安全出口和灭火器材的位置，记住至少两条逃生路线。"
            "疏散指示灯损坏的⟦,⇒，|punctuation⟧应当及时向楼管员报修。"
        ),
        p("二、正确报警"),
        p(
            "拨打119时，要讲清楼号、楼层、燃烧物品和有无人员被困，并留下联系电话。"
            "校内报警可拨打⟦６６６８１１０⇒6668110|width⟧。"
        ),
        p("三、科学逃生"),
        p(
            "⟦⽕⇒火|compatibility⟧势不大时，用湿⟦⽑⇒毛|compatibility⟧⟦⼱⇒巾|compatibility⟧捂住口鼻，"
            "弯腰低姿撤离；通道被封时，退回房间，用⟦⽔⇒水|compatibility⟧浸湿床单堵住门缝，在窗口呼救。"
            "切不可乘坐电梯，切不可盲目跳楼⟦=……|doubled-punctuation⟧"
        ),
        html(
            f'<p><img src="../../{CHART.path}" srcset="/{CHART.path} 1x, /images/route@2x.png 2x" alt="'
            f'{CHART.alt}" width="40"></p>\n'
        ),
        p("平时多巡查、早解决问题，尽可能把隐患消除在萌芽状态，是做好公寓消防工作的根本办法。"),
    ),
    source="消防科",
    clicks=5120,
    images=(CHART,),
)

HUKOU = Article(
    2101,
    "fwzn/hjbl.htm",
    "新生户口迁入办理流程",
    "2014-08-28 09:15",
    (
        breaks(
            "根据属地公安机关规定，新生户口迁移实行自愿原则。凡需将户口迁入学校集体户的，请按以下要求办理。",
            "（一）受理时间为9月1日至9月30日，逾期不再集中办理。",
            "（二）办理时须携带⟦=①录取通知书 ②户口迁移证 ③身份证复印件|icon-bullet⟧。",
            "（三）迁移证上的姓名、出生日期须与身份证一致⟦;⇒；|punctuation⟧如有差错，应当先回原籍派出所更正。",
        ),
        table(
            ("事项", "所需材料", "办结时限"),
            ("迁入", "迁移证、录取通知书", "⟦３⇒3|width⟧个工作日"),
            ("迁出", "就业报到证⟦ or ⇒或|function-word⟧录取通知书", "当场"),
            ("借用户口卡", "本人身份证", "当场"),
        ),
        p(
            "咨询电话：6668112（工作日⟦=8:30|punctuation⟧-11:30）。⟦=E-mail|punctuation⟧咨询请注明学号"
            "⟦=……|doubled-punctuation⟧"
        ),
    ),
    author="户籍室",
    clicks=15302,
    attachments=(
        Attachment("433501", "户口迁入申请表.doc", served="raw-gbk"),
        Attachment("a1b2c3d4e5f60718", "常住人口登记表填写说明.pdf", "application/pdf", "extended"),
    ),
)

PLAN = Article(
    2301,
    "aqya.htm",
    "云泽大学大型活动突发事件应急预案",
    "2012-05-04 16:40:05",
    (
        centre("（试行）"),
        p("为有效预防、及时处置大型活动中的突发事件，保护师生员工生命财产安全，维护正常的教学生活秩序，特制定本预案。"),
        p("一、适用范围"),
        p("本预案适用于在校内举办的、参加人数在500人以上的文艺演出、体育比赛、招聘洽谈等活动。"),
        p("二、组织指挥"),
        p(
            "（一）学校成立大型活动安全工作领导小组，组长由分管校领导担任，成员单位包括保卫处、学生处、"
            "后勤集团、校医院。"
        ),
        p(
            "（二）现场指挥部设在活动场所附近，由保卫处负责人任总指挥，下设警戒、疏散、救护、"
            "⟦⼯⇒工|compatibility⟧程抢险四个小组。"
        ),
        p("三、预警与处置"),
        p(
            "（一）发现人员拥挤、情绪异常等苗头时，值勤人员应当立即报告⟦;⇒；|punctuation⟧现场指挥部视情况采取限"
            "流、分批入场⟦ or ⇒或|function-word⟧暂停活动等措施。"
        ),
        p(
            "（二）发生火灾、坍塌等事故时，要在⟦=5分钟|width⟧内组织疏散，优先救护伤员，同时拨打119、120，"
            "并派人到校门引导⟦。。⇒。|doubled-punctuation⟧"
        ),
        p("四、保障措施"),
        p(
            "各单位要储备必要的应急物资，每学年至少组织一次演练，演练的⟦=目的的|doubled-punctuation⟧说明和总结"
            "材料应当存档备查。"
        ),
        right("云泽大学保卫处"),
        right("2012年4月26日"),
    ),
    clicks=731,
    document_date="2012-04-26",
    issuers=("云泽大学保卫处",),
    variant=1,
)

LOST = Article(
    2401,
    "swzl.htm",
    "失物招领（第四十二期）",
    "2014-10-30",
    (
        p("近期，热心师生和值勤队员向保卫处交来下列物品，请失主携带有效证件到西门值班室认领。"),
        table(
            ("编号", "物品", "拾获地点", "拾获时间"),
            ("4201", "黑色钱包（内有⟦ＡＴＭ⇒ATM|width⟧卡一张）", "第三教学楼", "10月21日"),
            ("4202", "钥匙一串", "东操场", "10月23日"),
            ("4203", "校园卡3张", "二食堂", "10月24日"),
        ),
        p("自公布之日起三个月内无人认领的，按照学校有关规定处理。"),
    ),
    clicks=288,
)

NOTICE = Article(
    2105,
    "tzgg.htm",
    "关于国庆节期间加强校园安全管理的紧急通知",
    "2014-09-26",
    (
        p("各单位、全体师生员工："),
        p(
            "国庆节将至，人员流动增多。为确保节日期间校园安全稳定，现将有关事项通知如下⟦:⇒：|punctuation⟧请认真"
            "遵照执行。"
        ),
        word("1、", "各单位放假前要开展一次自查，重点检查门窗、水电⟦ and ⇒和|function-word⟧危险化学品。"),
        word("2、", "节日期间实行领导带班制度，带班人员保持通讯畅通，值班表于9月28日前报送。"),
        word(
            "3、", "离校学生应当关闭电源、锁好门窗，贵重物品不要留在宿舍⟦，，⇒，|doubled-punctuation⟧现金及时存入银行。"
        ),
        right("学校办公室"),
        right("保卫处"),
        right("2014年9月25日"),
    ),
    source="学校办公室",
    clicks=3344,
    found="onclick",
    document_date="2014-09-25",
    issuers=("学校办公室", "保卫处"),
)

PDF_ONLY = Article(
    2106,
    "tzgg.htm",
    "关于公布2014年度消防安全重点单位名单的通知",
    "2014-09-18",
    (
        html(
            '<p><script>showVsbpdfIframe("/__local/7/1D/2C/90AFE1B2C3D4E5F60718293A4B5_5F6A7B8C_9D0E1.pdf","100'
            '%","600","0","","3D9A0F")</script></p>\n'
        ),
    ),
    clicks=120,
    pdf="__local/7/1D/2C/90AFE1B2C3D4E5F60718293A4B5_5F6A7B8C_9D0E1.pdf",
    attachments=(
        Attachment("433777", "重点单位名单.xls", "application/vnd.ms-excel", "captcha"),
        Attachment("433778", "填报说明.txt", "text/plain", "none"),
    ),
)

PARTY = Article(
    2201,
    "djgz.htm",
    "保卫处党支部开展主题党日活动",
    "2014-06-30",
    (
        p("6月27日下午，保卫处党支部组织全体党员赴烈士陵园开展主题党日活动，缅怀先烈、重温入党誓词。"),
        p(
            f"支部书记领学了有关文件，并就“{garbled_latin('校园治安防范')}”专题与党员交流。"
            "老党员代表结合自身经历，讲述了校卫队三十年来的变化。"
        ),
        p("大家表示，要立足岗位，⟦\u200b⇒|invisible⟧把“" + garbled("加强安全防范") + "”的要求落到实处。"),
        p("活动还为生活困难的离退休党员送去慰问品⟦=——|doubled-punctuation⟧大米、食用油等。"),
    ),
    author="支部宣传委员",
    clicks=266,
    variant=2,
)

TRAFFIC = Article(
    2151,
    "fwzn/cltx.htm",
    "校园机动车通行证办理说明",
    "2014-03-03",
    (
        p(
            "自201⟦４⇒4|width⟧年3月10日起，校园机动车通行证实行电子化管理。教职工车辆每人限办一证，凭行驶证、"
            "驾驶证⟦ and ⇒和|function-word⟧工作证到保卫处交通科办理。"
        ),
        p(
            "收费标准：教职工免费；校内住户每年120元；临时车辆首⟦=30|width⟧分钟免费，"
            "超过部分每小时2元⟦=、|punctuation⟧全天最高10元。"
        ),
        p("禁止在消防通道、教学楼出入口停车⟦,⇒，|punctuation⟧违者锁车并通报单位。校园内限速⟦=20 km/h|width⟧。"),
        p("交通科电话：6668115；网址：⟦=http://bwc.yunze.example/cltx.htm?lx=1,2;3|punctuation⟧。"),
    ),
    clicks=6021,
    attachments=(Attachment("433610", "通行证申请表.doc", served="plain"),),
)

SERVICES = (FIRE, HUKOU, PLAN, LOST, NOTICE, PDF_ONLY, PARTY, TRAFFIC)
