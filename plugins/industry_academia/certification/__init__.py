"""산학협력 우수기관 인증 (certification of excellent institutions): a round from its call to its certificates.

A round is called with its dates, criteria and number of places as data; organizations that earned mileage apply, a
committee scores them, the operating council deliberates, and what is approved is published. PostgreSQL holds the order
of the steps: each follows the one before by a foreign key. What a ranking was computed from is kept with it for good.
"""
