from decimal import Decimal

import pytest

from glue_jobs.common.accounts import Account, State, check_closed, totals
from glue_jobs.common.errors import AccountsOpenError


def test_an_account_is_the_same_after_the_ledger_gave_it_back_with_decimals() -> None:
    account = Account(object="k", version="v", state=State.ACCOUNTED, size=10, read=2, inserted=1, quarantined=1)
    item = {name: Decimal(value) if isinstance(value, int) else value for name, value in account.to_item().items()}
    assert Account.from_item({**item, "dataset": "readings"}) == account


def test_totals_add_up_all_objects() -> None:
    accounts = [Account(object=key, version="v", state=State.ACCOUNTED, read=2, inserted=1, duplicate=1) for key in "ab"]
    assert totals(accounts) == {"read": 4, "inserted": 2, "updated": 0, "unchanged": 0, "duplicate": 2, "quarantined": 0}


def test_accounts_that_do_not_close_name_the_object_and_every_number() -> None:
    closed = Account(object="good", version="v", state=State.ACCOUNTED, read=1, updated=1)
    with pytest.raises(AccountsOpenError, match=r"^k: 3 rows were read, but 2 are accounted for \(1 inserted, .* 1 quarantined\)"):
        check_closed([closed, Account(object="k", version="v", state=State.ACCOUNTED, read=3, inserted=1, quarantined=1)])
