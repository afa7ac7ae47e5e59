"""Words that the demo's companies and their people are named with. All invented; a likeness is by chance."""

from typing import Final


def _words(text: str, between: str = " ") -> tuple[str, ...]:
    return tuple(text.split(between))


BRANDS: Final = _words(
    "锐驰 恒晟 博锐 联拓 启源 众诚 鼎新 瑞丰 嘉禾 明泰 安捷 卓远 天朗 云峰 海纳 旭升 铭扬 凯旋 金石 泰和 新朗 "
    "优迅 佳域 浩宇 弘毅 德润 信远 诚泰 盛邦 永昌 广源 兴隆 福临 百川 千树 万象 九鼎 三友 五洲 六合 七星 一诺 "
    "双成 晨曦 晨阳 曙明 星火 星辰 北辰 南洋 西岭 东晟 中睿 华泽 华拓 华迅 华瑞 国瑞 宇恒 宇翔 航宇 飞跃 腾跃 "
    "龙腾 龙翔 鹏程 鹏飞 鸿翔 鸿达 雁南 鹤鸣 骏业 骏驰 骥远 江海 海川 海润 海晏 海盛 洋帆 清源 泉润 溪谷 岭南 "
    "岭秀 山河 峰华 岳峰 昆宇 泰岳 嵩岳 春晖 夏禾 秋实 冬青 梅岭 兰亭 竹青 桂香 桃源 杏林 荷风 茂林 茂源 森源 "
    "森茂 林海 木槿 禾苗 禾丰 谷丰 稻田 麦香 丰收 丰泽 丰润 裕丰 裕隆 裕华 裕达 富源 富春 贵和 荣达 荣泰 昌盛 "
    "隆昌 盛达 盛泰 达升 达远 达诚 通源 通宇 通联 顺康 顺和 利民 利源 益民 益康 益佳 康宁 康瑞 康达 健安 健源 "
    "安泰 安瑞 安驰 宁远 平川 顺安 和顺 和悦 协创 同创 同辉 同心 众合 众创 合创 联创 联科 联盛 汇智 汇众 汇拓 "
    "聚力 聚源 聚丰 集智 智远 智创 智联 慧通 慧联 睿达 睿博 睿联 博远 博思 思远 思创 思拓 拓远 拓维 创远 创达 "
    "新源 新锐 新拓 维创 科锐 科瑞 科维 精诚 精锐 精创 匠心 巧匠 铸诚 铁锚 金盾 金桥 金辉 玉成 玉泉 宝源 珍源 "
    "瑞通 瑞祥 瑞泰 祥和 祥云 吉源 庆元 福康 寿康 乐途 欢颜 悦诚 美源 佳美 佳诚 优源 良工 友联 诚远 信义 信和 "
    "仁和 仁心 德源 德泰 德馨 厚朴 远见 远洲 长青 长河 久远 久安 恒信 恒泰 恒润 永信 永泰 正源 正诚 正和 大成 "
    "大禹 巨源 宏业 宏泰 伟创 伟诚 雄飞 英杰 凌云 凌志 景明 景行 朗润 朗驰 澜沧 沐阳 沐风 若水 知行 立行 致远 "
    "至诚 方舟 方圆"
)

BRANDS_TWICE: Final = ("锐驰", "恒晟", "联拓", "启源", "众诚", "鼎新")
"""Companies of one brand in two places: what makes a name doubtful."""

TRADES: Final = {
    "electronics": ("电子", "光电", "精密电子", "电路科技", "半导体"),
    "machinery": ("机械", "精密机械", "自动化设备", "数控机床", "模具"),
    "chemicals": ("新材料", "化工", "涂料", "塑胶制品"),
    "medical": ("医疗器械", "医药", "生物科技", "医疗用品"),
    "food": ("食品", "饮料", "乳业", "粮油", "调味品"),
    "retail": ("商贸", "百货", "连锁超市", "电子商务"),
    "construction": ("建设工程", "建材", "装饰工程"),
    "logistics": ("物流", "供应链管理", "仓储服务", "冷链物流"),
    "education": ("教育科技", "职业培训", "图书发行"),
    "finance": ("融资租赁", "商业保理", "保险代理"),
    "software": ("软件", "信息技术", "网络科技"),
    "other": ("环保科技", "新能源", "印刷包装", "服饰"),
}
"""By the playbook's key of the industry."""

WEIGHTS: Final = {
    "electronics": 22,
    "machinery": 14,
    "logistics": 14,
    "food": 10,
    "retail": 10,
    "medical": 9,
    "chemicals": 6,
    "construction": 3,
    "software": 3,
    "education": 2,
    "finance": 1,
    "other": 6,
}
"""How often each industry comes: who needs scanners and labels."""

FORMS: Final = ("有限公司",) * 8 + ("股份有限公司", "集团有限公司")

INSTITUTIONS: Final = (
    ("{city}{brand}医院", "medical"),
    ("{city}{brand}妇产医院", "medical"),
    ("{city}{brand}实验学校", "education"),
    ("{city}{brand}职业技术学院", "education"),
)

FOREIGN: Final = (
    ("Bellwether Foods China Ltd.", "Bellwether", "food"),
    ("Kestrel Precision Tooling (Kunshan) Co., Ltd.", "Kestrel", "machinery"),
    ("Aldermoor Medical Devices (Shanghai) Co., Ltd.", "Aldermoor", "medical"),
    ("Vantor Logistics China Ltd.", "Vantor", "logistics"),
    ("Castellan Coatings (Jiaxing) Co., Ltd.", "Castellan", "chemicals"),
    ("Nordhaus Automotive Parts (Suzhou) Co., Ltd.", "Nordhaus", "machinery"),
    ("Halden Marine Electronics (Ningbo) Co., Ltd.", "Halden", "electronics"),
    ("Brightwater Dairy (Wuxi) Co., Ltd.", "Brightwater", "food"),
    ("Ostermann Pumps (Suzhou) Co., Ltd.", "Ostermann", "machinery"),
    ("Meridian Oak Furniture Trading (Shanghai) Co., Ltd.", "Meridian Oak", "retail"),
    ("Silverline Semiconductor (Suzhou) Ltd.", "Silverline", "electronics"),
    ("Pembroke & Vale Pharmaceuticals China", "Pembroke & Vale", "medical"),
    ("Lindqvist Bearings (Wuxi) Co., Ltd.", "Lindqvist", "machinery"),
    ("Harrowgate Tea Company (Hangzhou) Ltd.", "Harrowgate", "food"),
    ("Tessera Circuit Technologies (Kunshan) Co., Ltd.", "Tessera", "electronics"),
    ("Corvane Cold Chain (Shanghai) Co., Ltd.", "Corvane", "logistics"),
    ("Whitlock Laboratory Supplies China Ltd.", "Whitlock", "medical"),
    ("Marlowe Packaging (Jiaxing) Co., Ltd.", "Marlowe", "other"),
    ("Fjordline Seafood Import (Shanghai) Ltd.", "Fjordline", "food"),
    ("Grantham Elevator Components (Suzhou) Co., Ltd.", "Grantham", "construction"),
    ("Ruhland Sensorik (Shanghai) Co., Ltd.", "Ruhland", "electronics"),
    ("Delacroix Cosmetics China Ltd.", "Delacroix", "retail"),
    ("Ashcombe International School Shanghai", "Ashcombe School", "education"),
    ("Polaris Ridge Outdoor Gear (Ningbo) Co., Ltd.", "Polaris Ridge", "retail"),
    ("Stannard Valves (Wuxi) Co., Ltd.", "Stannard", "machinery"),
    ("Everfield Agri Trading (Shanghai) Co., Ltd.", "Everfield", "food"),
    ("Quillon Freight Forwarding China Ltd.", "Quillon", "logistics"),
    ("Thornbury Optics (Nanjing) Co., Ltd.", "Thornbury", "electronics"),
    ("Baumgart Textilmaschinen (Hangzhou) Co., Ltd.", "Baumgart", "machinery"),
    ("Cloverleaf Software Asia (Shanghai) Ltd.", "Cloverleaf", "software"),
    ("Ironbridge Tools (Kunshan) Co., Ltd.", "Ironbridge", "machinery"),
    ("Sandoval Footwear Sourcing (Shanghai) Ltd.", "Sandoval", "other"),
    ("Wexford Polymers (Nanjing) Co., Ltd.", "Wexford", "chemicals"),
)
"""Name, short name, industry. The first five are the Shanghai manager's own, Nordhaus is the first of the rep's."""

FOREIGN_CONTACTS: Final = _words(
    "Thomas Weber|Sarah Lindholm|Mark Ellison|Ingrid Halvorsen|Paul Renner|Claire Dubois|Kenji Morita|"
    "Laura Bennett|Stefan Krause|Julie Andersen|Victor Almeida|Hannah Price|Oliver Grant|Priya Nair|"
    "Martin Schulz|Grace Tan",
    "|",
)

SURNAMES: Final = _words(
    "王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 林 高 罗 郑 梁 谢 宋 唐 许 邓 韩 冯 曹 彭 曾 肖 田 董 潘 "
    "袁 蔡 蒋 余 于 杜 叶 程 魏 苏 吕 丁 任 卢 姚 沈 钟 姜 崔 谭 陆 范 汪 廖 石 金 韦 贾 夏 付 方 邹 熊 白 孟 秦 "
    "邱 侯 江 尹 薛 闫 段 雷"
)

GIVEN_NAMES: Final = _words(
    "建平 志明 海涛 国强 晓东 文军 立新 永刚 俊峰 伟民 春华 秀英 丽娟 雪梅 桂芳 玉兰 婷婷 佳怡 思远 子涵 浩然 "
    "宇轩 明哲 家豪 志伟 振华 少华 卫东 红梅 艳丽 慧敏 静雯 倩 磊 鹏 刚 敏 燕 洁 芳 凯 锋 波 勇 斌 超 琳 颖 莉 "
    "娜 维 健 晶 峰 光辉 德胜 锦程 瑞雪 书恒 嘉欣 雅琴 长河 启航 正阳 宏伟 金龙 美玲 凤霞 世杰 天佑 泽宇 若曦 "
    "欣然 安琪"
)

POSTS: Final = (
    ("总经理", "总"),
    ("副总经理", "总"),
    ("采购经理", "经理"),
    ("采购主管", "主管"),
    ("仓储经理", "经理"),
    ("信息部主任", "主任"),
)
"""A contact's post, and what one calls the person by after the surname."""

FACTORY_POSTS: Final = (("生产经理", "经理"), ("设备工程师", "工"), ("厂长", "厂长"))
FACTORIES: Final = frozenset({"electronics", "machinery", "chemicals", "medical", "food", "other"})

NOTES: Final = (
    "账期60天，月底前开票。",
    "联系人上午开会多，下午三点后打电话。",
    "仓库在厂区北门，来访先登记。",
    "对价格敏感，看重售后响应。",
    "总部统一招标，每年三月比价。",
    "与我们合作三年，从未拖款。",
    "正在换仓储系统，接口问题多，带技术去。",
    "喜欢看现场演示，不爱看资料。",
)
