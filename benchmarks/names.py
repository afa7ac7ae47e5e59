"""What the names of made-up customers and people are put together from."""

from typing import Final

HAN: Final = (
    "华宁凯旋瑞金汇川安捷诺德海容天成立信恒力永泰鼎盛金峰百世星辰远大东方南洋北辰西岭明光新宇中科万家美林春秋山水龙凤"
)
FAMILY: Final = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林罗高"
