"""
Which currencies are there, and how small is their smallest coin? The codes of ISO 4217, with exponents.

Source: the lists that SIX keeps for ISO as maintenance agency, "list one" (current) and "list three"
(withdrawn). List three gives no exponents: those of withdrawn codes are from the last list one that
had them, and a code that was withdrawn before lists were kept has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_TWO = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ "
    "GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD "
    "MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON "
    "RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS "
    "UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
_CURRENT: Final[Mapping[int | None, str]] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: _TWO,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
    None: "XAD XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XUA",
}
"""By exponent. Gold, bond market units and the like have none. XXX and XTS are no currencies."""

_WITHDRAWN: Final[Mapping[int | None, str]] = {
    0: "BYR",
    2: "ANG CUC EEK HRK LTL LVL MRO SLL STD USS VEF ZMK ZWL",
    None: (
        "ADP AFA ALK AOK AON AOR ARA ARP ARY ATS AYM AZM BAD BEC BEF BEL BGJ BGK BGL BOP BRB BRC BRE BRN "
        "BRR BUK BYB CHC CNX CSD CSJ CSK CYP DDM DEM ECS ECV ESA ESB ESP FIM FRF GEK GHC GHP GNE GNS GQE "
        "GRD GWE GWP HRD IEP ILP ILR ISJ ITL LAJ LSM LTT LUC LUF LUL LVR MGF MLF MTL MTP MVQ MXP MZE MZM "
        "NIC NLG PEH PEI PES PLZ PTE RHD ROK ROL RUR SDD SDP SIT SKK SRG SUR TJR TMM TPE TRL UAK UGS UGW "
        "UYN UYP VEB VNC XEU XFO XFU XRE YDD YUD YUM YUN ZAL ZRN ZRZ ZWC ZWD ZWN ZWR"
    ),
}

EXPONENTS: Final[Mapping[str, int | None]] = MappingProxyType(
    {
        code: exponent
        for listed in (_CURRENT, _WITHDRAWN)
        for exponent, codes in listed.items()
        for code in codes.split()
    }
)
"""How many digits the minor unit has, by code: 2 for EUR, whose cent is a hundredth; None without one."""

CURRENT: Final = frozenset(" ".join(_CURRENT.values()).split())
"""The codes in use: what is suggested where one is spelt nearly so."""

CURRENCIES: Final = frozenset(EXPONENTS)
"""Every code, the withdrawn ones too: amounts of former years are amounts."""
