"""Articles written by hand, first part: papers of the comprehensive-governance column."""

from __future__ import annotations

from jiucang.sample.blocks import breaks, centre, html, layout, p, right, table, word
from jiucang.sample.model import Article, Image


def read_as_gbk(text: str) -> str:
    """UTF-8 bytes taken for GBK; raises UnicodeDecodeError where a byte pair would not survive.

    >>> read_as_gbk("加强安全防范").encode("gbk").decode("utf-8")
    '加强安全防范'
    """
    return text.encode("utf-8").decode("gbk")


def read_as_latin(text: str) -> str:
    """GBK bytes taken for ISO 8859-1.

    >>> read_as_latin("校园").encode("latin-1").decode("gbk")
    '校园'
    """
    return text.encode("gbk").decode("latin-1")


def garbled(text: str) -> str:
    """A planted artefact: the text as UTF-8 read as GBK."""
    return f"⟦{read_as_gbk(text)}⇒{text}|mojibake⟧"


def garbled_latin(text: str) -> str:
    """A planted artefact: the text as GBK read as Latin-1."""
    return f"⟦{read_as_latin(text)}⇒{text}|mojibake⟧"


LOGO = Image("__local/3/5C/0A/8E21F4B6D97703C5AA1042E6F01_2B7C9D10_1F3A.png", "签约现场")
PHOTO = Image("__local/A/BB/CC/77D0E3A914C25F8860B31E9D42A_9A01C3F4_0C55.png", "检查现场")

OPINION = Article(
    1739,
    "zhzl/zzwj.htm",
    "云泽大学关于印发《云泽大学进一步加强校园治安综合治理工作的若干意见》的通知",
    "2014-10-27",
    (
        centre("校综治〔2012〕7号"),
        p("各院（系、所）、各部（处）、各直属单位：", indent=""),
        p(
            "《云泽大学进一步加强校园治安综合治理工作的若干意见》已经学校综合治理委员会第三次会议讨论通过，"
            "现印发给你们，请结合本单位实际认真贯彻执行。"
        ),
        right("云泽大学"),
        right("二〇一二年三月十二日"),
        centre("云泽大学进一步加强校园治安综合治理工作的若干意见"),
        p(
            "近年来，学校坚持“打防结合、预防为主”的方针，校园治安形势总体平稳。但是，随着办学规模扩大，"
            "校园周边人员流动频繁，盗窃、诈骗案件时有发生，"
            "少数单位重教学科研、轻安全管理的倾向依然存在。为进一步做好校园治安综合治理工作，"
            "根据《云泽大学安全稳定工作责任制规定》（校综治〔2010〕3号）"
            "和上级有关要求，提出如下意见。"
        ),
        p("一、指导思想和主要任务"),
        p(
            "（1）指导思想。坚持以人为本、服务师生，把治安防范与教学、科研、后勤管理结合起来，做到同部署、"
            "同检查⟦ and ⇒和|function-word⟧同考核，努力为师生员工创造安定有序的学习生活环境。"
        ),
        p(
            "（2）主要任务。用两年左右的时间，建立健全人防、物防、"
            "技防相结合的校园治安防控体系⟦。。⇒。|doubled-punctuation⟧各单位治安责任书签订率达到百分之百，"
            "重点部位防护设施合格率达到百分之百。"
        ),
        p("二、明确职责，齐抓共管"),
        p(
            "（3）保卫处负责全校治安综合治理的组织协调，开展调查研究⟦ and ⇒和|function-word⟧督促检查，"
            "定期通报情况。后勤、学工、研工等部门按照“谁主管、谁负责”的原则，做好本系统的防范工作。"
        ),
        p(
            "（4）各学院党政主要负责人是本单位治安综合治理的第一责任人，应当每学期至少听取一次专题汇报，"
            "研究解决突出问题，最大限度地⟦~吧⇒把⟧力量放在预防上。"
        ),
        p("（5）对外来施工人员、经营人员⟦or ⇒或|function-word⟧临时聘用人员，用人单位须在七日内到保卫处登记备案。"),
        p("三、加强领导，落实责任"),
        p(
            "（6）实行治安综合治理“一票否决”。对不履行职责导致发生重大案件的单位，取消当年评优资格，"
            "并按照有关规定追究领导责任。"
        ),
        p("（7）本意见自印发之日起施行，由保卫处负责解释。"),
    ),
    clicks=8431,
    document_number="校综治〔2012〕7号",
    document_date="2012-03-12",
    issuers=("云泽大学",),
)

MEASURES = Article(
    1738,
    "zhzl/zzwj.htm",
    "云泽大学重点要害部位安全管理办法",
    "2014-10-13",
    (
        centre("泽大保〔2013〕5号"),
        p("第一章　总则"),
        p("第一条　为加强重点要害部位的安全管理，预防和减少各类案件、事故的发生，依据国家有关法律法规，制定本办法。"),
        p(
            "第二条　本办法所称重点要害部位⟦=①|icon-bullet⟧，是指一旦发生问题将对学校教学、"
            "科研和管理造成严重影响的场所，包括档案库房、剧毒化学品库、财务结算中心、网络主机房等。"
        ),
        p(
            "第三条　重点要害部位的确定，"
            "按照下列程序办理：⟦=①使用单位提出申请；②保卫处实地勘查；③学校综合治理委员会审定|icon-bullet⟧。"
        ),
        p("第二章　管理职责"),
        p("第四条　使用单位应当指定专人负责，实行双人双锁；不具备⟦=第三条第②项|icon-bullet⟧规定条件的，不得投入使用。"),
        p(
            "第五条　库房的技术防护应当达到《⟦=Guide to Security and Safety|function-word⟧》第⟦２⇒2|width⟧部分"
            "所列的乙级标准，报警装置与保卫处值班室联网⟦；；⇒；|doubled-punctuation⟧存放剧毒化学品的，"
            "还应当安装视频监控。"
        ),
        p(
            "第六条　进入重点要害部位的人员应当登记，⟦=目的的|doubled-punctuation⟧真实性由接待人员核对；参观、"
            "检查须经保卫处⟦ or ⇒或|function-word⟧主管校领导批准。"
        ),
        p("第三章　附则"),
        p("第七条　本办法由保卫处负责解释⟦=……|doubled-punctuation⟧各单位可据此制定实施细则。"),
        p("第八条　本办法自二〇一三年九月一日起施行，原《要害部位管理暂行规定》（泽大保〔2004〕11号）同时废止。"),
        p("⟦=①|icon-bullet⟧重点要害部位名单由保卫处每年一月公布。"),
        right("云泽大学保卫处"),
        right("2013年6月20日"),
    ),
    source="保卫处",
    clicks=2168,
    shown="rendered",
    document_number="泽大保〔2013〕5号",
    document_date="2013-06-20",
    issuers=("云泽大学保卫处",),
    variant=2,
)

COMMENDATION = Article(
    1737,
    "zhzl/zzwj.htm",
    "关于表彰2012年度校园治安综合治理先进集体和先进个人的决定",
    "2014-09-22",
    (
        p("各单位："),
        p(
            "2012年，全校各单位认真落实治安综合治理目标责任，在维护校园稳定、服务中心工作方面做了大量工作，"
            "涌现出一批先进典型。经单位推荐、评审小组评议和公示，"
            "学校决定授予土木工程学院等3个单位“治安综合治理先进集体”称号，授予⟦=王堃|mojibake⟧、"
            "⟦=刘翀|mojibake⟧、⟦=张喆|mojibake⟧等12名同志“治安综合治理先进个人”称号。"
        ),
        p(
            "希望受到表彰的集体和个人珍惜荣誉、再接再厉；希望全校师生员工以先进为榜样，自觉遵守校规校纪，"
            "共同维护良好的校园秩序。"
        ),
        p("附：先进集体名单"),
        table(
            ("序号", "单位", "负责人", "得分"),
            ("1", "土木工程学院", "李建国", "96.5"),
            ("2", "图书馆", "⟦=陈頔|mojibake⟧", "95.0"),
            ("3", "后勤集团饮食服务中心", "赵晓梅", "94.5"),
        ),
        right("云泽大学治安综合治理委员会"),
        right("二〇一三年一月八日"),
    ),
    clicks=640,
    shown="printed",
    document_date="2013-01-08",
    issuers=("云泽大学治安综合治理委员会",),
    variant=1,
)

RESPONSIBILITY = Article(
    1736,
    "zhzl/zzwj.htm",
    "云泽大学举行2013年度安全稳定工作责任书签字仪式",
    "2014-09-15",
    (
        p(
            "本网讯　3月5日上午，学校在逸夫会堂举行年度安全稳定工作责任书签字仪式⟦，，⇒，|doubled-punctuation⟧"
            "校领导、各单位主要负责人共120余人参加。仪式由副校长主持。"
        ),
        html(
            f'<p style="text-align:center"><img src="/{LOGO.path}" orisrc="/__local/F/00/11/ORIGINAL.png" vurl="'
            f'/_vsl/{LOGO.path[8:20]}" alt="{LOGO.alt}"></p>\n'
        ),
        p(
            "校长在讲话中指出，安全是办学的底线。各单位要把责任书的要求细化到岗位、落实到人头，"
            "做到⟦=“一岗双责”——|doubled-punctuation⟧业务工作谁主管，安全工作谁负责。"
        ),
        p(
            "保卫处负责人通报了上年度工作情况。全年共接处警⟦=1,284|punctuation⟧起，其中⟦=12:00|punctuation⟧至14"
            ":00发生的案件占三成；为师生挽回经济损失⟦=3,600.50|punctuation⟧元。"
            "请各单位登录⟦=http://bwc.yunze.example/zrs,2013|punctuation⟧下载责任书文本。"
        ),
        p(
            "与会人员认为⟦,⇒，|punctuation⟧签订责任书不是走形式⟦,⇒，|punctuation⟧关键在平时的检查"
            "⟦;⇒；|punctuation⟧要让责任真正落到实处。"
        ),
    ),
    source="综治办",
    author="孙立群",
    clicks=355,
    images=(LOGO,),
)

HISTORY = Article(
    1735,
    "zhzl/zzwj.htm",
    "云泽大学关于上报二〇〇九年度校园治安综合治理工作情况的报告",
    "2014-09-09",
    (
        p("市社会治安综合治理委员会："),
        p(
            "⟦\ue004\ue004⇒|private-use⟧200⟦９⇒9|width⟧年以来，我校在贵委的指导下，"
            "认真开展校园治安综合治理工作。现将有关情况报告如下。",
            indent="",
        ),
        p("一、基本情况"),
        p(
            "⟦\ue004⇒|private-use⟧（一）学校现有在校生⟦２４６００⇒24600|width⟧人，教职⟦⼯⇒工|compatibility⟧3100"
            "⟦⼈⇒人|compatibility⟧，设有东、西两个校区。全年发案同比下降百分之十七。",
            indent="",
        ),
        p(
            "（二）全年投入技防经费180万元，新增摄像机⟦１６０⇒160|width⟧路，安装⟦ＧＰＳ⇒GPS|width⟧巡更点42个，"
            "东校区⟦⽣⇒生|compatibility⟧活区实现全覆盖。"
        ),
        p("二、主要做法"),
        p(
            "（一）健全组织。成立由校党委书记任组长的领导小组⟦\u200b⇒|invisible⟧，各学院成立相应机构，"
            "形成⟦\ufeff\ufeff\ufeff⇒|invisible⟧三级网络。"
        ),
        p("（二）群防群治。组建学生治安服务队12支、队员280余人，参与夜间巡逻。"),
        p("三、存在问题和下一步打算"),
        p(
            "校园周边出租房屋较多，治理难度大。下一步，我们将会同属地派出所开展专项整治，"
            "力争在二〇一〇年六月底前见到成效。"
        ),
        p("特此报告。"),
        right("云泽大学"),
        right("二〇〇九年十二月二十一日"),
    ),
    clicks=190,
    document_date="2009-12-21",
    issuers=("云泽大学",),
    variant=2,
)

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

FIRST = (OPINION, MEASURES, COMMENDATION, RESPONSIBILITY, HISTORY, GARBLED, BULLETS, BILINGUAL, LAYOUT)
