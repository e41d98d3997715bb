"""마일리지 거래소 (the exchange): universities let companies use what they own, for money and for mileage.

A university lists a facility or an instrument with its free times; a company books some of them, and may pay up to the
share of the fee that the terms allow in mileage, which is held. When the use is over and the rest is paid, the mileage
goes over to the university with the dates of its lots. Nothing is edited afterwards, at most undone by an operator.
"""
