"""Numbers and names as a person reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

NONE = "–"
METRICS: Mapping[str, tuple[str, str]] = {
    "accuracy": ("accuracy", "the share of right decisions"),
    "balanced_accuracy": ("balanced accuracy", "the mean recall of the classes"),
    "precision": ("precision", "of what was decided positive, the share that is"),
    "recall": ("recall", "of the positives, the share that was found"),
    "f1": ("F1", "the harmonic mean of precision and recall"),
    "roc_auc": ("ROC AUC", "the chance that a positive gets a higher probability than a negative"),
    "pr_auc": ("PR AUC", "the mean precision over all recalls"),
    "log_loss": ("log loss", "minus the mean logarithm of the true class's probability"),
    "brier": ("Brier score", "the mean squared error of the probabilities"),
    "calibration_error": ("calibration error", "how far probabilities are from what comes true, on average"),
    "cost": ("cost per 1,000 rows", "what wrong decisions cost, by the costs that are declared"),
    "mae": ("mean absolute error", "how far off a prediction is, on average"),
    "rmse": ("root mean squared error", "the same, where large errors count more"),
    "r2": ("R²", "the share of the target's variance that is explained"),
    "median_absolute_error": ("median absolute error", "half of the predictions are less far off"),
    "mape": ("mean absolute percentage error", "the error as a share of the true value, on average"),
    "pinball": ("pinball loss", "of the interval's ends and the prediction as quantiles, on average"),
    "coverage": ("coverage", "how often the interval holds the true value"),
    "mase": ("MASE", "the mean absolute error, in units of what the seasonal naive forecast errs on train"),
    "relative_mase": ("relative MASE", "the same, divided by what the seasonal naive forecast has on the same steps"),
    "quantile_loss": ("quantile loss", "the pinball loss of all quantiles that are forecast, on average"),
    "interval_width": ("interval width", "from the interval's lower end to its upper one, on average"),
    "bits_per_byte": ("bits per byte", "what telling a byte of text takes, given all before it in its document"),
    "perplexity": ("perplexity", "among how many equally likely pieces it wavers, on average; of its own pieces"),
    "token_accuracy": ("token accuracy", "how often the piece that it holds for the likeliest comes next"),
    "ndcg_at_10": ("NDCG@10", "how high what a user liked stands among ten items, of the best order, mean over users"),
    "recall_at_10": ("recall@10", "the share of what a user liked that stands among ten items, mean over users"),
    "hit_rate_at_10": ("hit rate@10", "how often ten items hold anything that the user liked"),
}
RATES: Mapping[str, tuple[str, str]] = {
    "selection_rate": ("selection rate", "decided to be of the class"),
    "true_positive_rate": ("true positive rate", "of the class, and found"),
    "false_positive_rate": ("false positive rate", "not of the class, yet decided to be"),
    "accuracy": ("accuracy", "decided right"),
}
GAPS: Mapping[str, str] = {"mae_difference": "MAE difference", "mae_ratio": "MAE ratio"}
PERSONAL: Mapping[str, str] = {
    "email": "an e-mail address",
    "card": "the number of a payment card",
    "iban": "the number of a bank account",
    "phone": "a telephone number",
}
CLEANING: Mapping[str, str] = {
    "strip": "white space around a text removed",
    "missing": "a declared marker read as a missing value",
    "relabel": "a value written in another way",
    "type": "a value that does not fit the column's type made missing",
    "infinite": "NaN or infinity made missing",
    "calendar": "a time before year 1 or after 9999 made missing",
    "number": "a text that is no number as declared made missing",
    "date": "a text that is no date as declared made missing",
    "limits": "a value beyond the declared limits made missing",
    "frequency": "a moment brought down to the frequency",
    "moments": "rows of one series at one moment made one",
    "drop_rows": "a row named in params.yaml dropped",
    "gaps": "a row without a value of this column dropped",
    "duplicates": "a row equal to an earlier one dropped",
    "near_duplicates": "a row equal to an earlier one but for case, spaces and punctuation dropped",
    "contradictions": "a row dropped that another one of another target is equal to",
    "target": "a row without a target dropped",
    "unreadable": "a row dropped whose picture cannot be read",
    "too_large": "a row dropped whose picture has more pixels than is allowed, undecoded",
    "animated": "a picture of several frames",
    "cmyk": "a picture in the colours of print",
    "deep": "a picture of more than 8 bits a channel",
    "transparent": "a picture that can be seen through, put on white",
    "mode": "a picture's colours converted",
    "orientation": "a picture turned upright, as its camera noted",
    "size": "a picture brought to the declared size",
    "no_picture": "a row without a picture, given a black one",
    "look_alike": "a row dropped whose picture looks like an earlier one",
    "twins": "a row dropped whose picture looks like an earlier one's, and whose text nearly says the same",
    "like_texts": "a row dropped whose text nearly says the same as an earlier one",
    "cut": "a text longer than is read, cut",
    "html": "a text freed from HTML's tags, scripts and styles",
    "quotes": "a mail without the lines that quote another one",
    "unicode": "a text whose letters or steering signs were written in another way",
    "empty": "a row dropped of whose text nothing is left",
    "undecoded": "a row dropped whose file is not in the declared encoding",
    "say_the_same": "a document dropped that says nearly the same as an earlier one",
    **{f"masked {kind}": f"what is written as {what} masked" for kind, what in PERSONAL.items()},
    **{kind: f"a document dropped that holds {what}" for kind, what in PERSONAL.items()},
}


def count(value: float | None) -> str:
    """Write a whole number.

    >>> count(26029)
    '26,029'
    """
    return NONE if value is None else f"{value:,.0f}"


def number(value: float | str | None) -> str:
    """Write a measurement; a text stays as it is.

    >>> number(0.92870512), number(-0.5), number(1234.5), number(0.0000012), number(None)
    ('0.9287', '−0.5000', '1,234.5', '1.2e−06', '–')
    """
    if value is None or isinstance(value, str):
        return value or NONE
    tiny = 0 < abs(value) < 0.00005
    text = f"{value:.3g}" if tiny else f"{value:.4f}" if abs(value) < 100 else f"{value:,.1f}"
    return text.replace("-", "−")


def signed(value: float | None) -> str:
    """Write a difference.

    >>> signed(0.0166), signed(-0.2), signed(0.0)
    ('+0.0166', '−0.2000', '0.0000')
    """
    if value is None:
        return NONE
    return f"+{number(value)}" if round(value, 4) > 0 else number(value)


def percent(share: float | None) -> str:
    r"""Write a share; a small one with more decimals, and all with a space that does not break.

    >>> percent(0.24093), percent(0.00041), percent(1.0)
    ('24.1\xa0%', '0.041\xa0%', '100\xa0%')
    """
    if share is None:
        return NONE
    if share in (0, 1):
        return f"{100 * share:.0f}\u00a0%"
    digits = 1 if abs(share) >= 0.001 else 3
    return f"{100 * share:.{digits}f}\u00a0%".replace("-", "−")


def size(number_of_bytes: int) -> str:
    """Write the size of a file.

    >>> size(512), size(3974474)
    ('512 bytes', '4.0 MB')
    """
    if number_of_bytes < 1000:
        return f"{number_of_bytes} bytes"
    value, units = float(number_of_bytes), iter(("kB", "MB", "GB", "TB"))
    unit = ""
    while value >= 1000 and (following := next(units, None)):
        value, unit = value / 1000, following
    return f"{value:.1f} {unit}"


def parameter(value: Any) -> str:
    """Write a model's parameter or a setting.

    >>> parameter(0.00042197087447), parameter(78), parameter(["a", "b"]), parameter(True)
    ('0.000422', '78', 'a, b', 'yes')
    """
    if value is None or value == "":
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}".replace("-", "−") if abs(value) >= 0.001 else f"{value:.3g}".replace("-", "−")
    if isinstance(value, list | tuple):
        return ", ".join(map(parameter, value)) or NONE
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {parameter(item)}" for key, item in value.items()) or NONE
    return str(value)


def named(name: str) -> str:
    """Write the name of a metric, a rate or a gap; what follows the first word stays as it is.

    >>> named("roc_auc over the baseline"), named("equal_opportunity_difference across my_column")
    ('ROC AUC over the baseline', 'equal opportunity difference across my_column')
    """
    first, space, rest = name.partition(" ")
    known = METRICS.get(first) or RATES.get(first)
    return (known[0] if known else GAPS.get(first, first.replace("_", " "))) + space + rest


def means(name: str) -> str:
    """Explain a metric."""
    return METRICS[name][1] if name in METRICS else ""


def capital(text: str) -> str:
    """Begin a text with a capital, whatever follows.

    >>> capital("log loss of PR")
    'Log loss of PR'
    """
    return text[:1].upper() + text[1:]


def many(number_of: float, one: str, several: str = "") -> str:
    """Write a number with its noun.

    >>> many(1, "gate"), many(2, "gate"), many(0, "entry", "entries")
    ('1 gate', '2 gates', '0 entries')
    """
    return f"{count(number_of)} {one if number_of == 1 else several or one + 's'}"


def ends(text: str) -> tuple[str, str, str]:
    r"""Split off the white space around a text, which a page would hide, as visible signs.

    >>> ends(" Private\t")
    ('␣', 'Private', '⇥')
    """
    core = text.strip()
    before, after = (text, "") if not core else text.split(core, 1)
    signs = str.maketrans({" ": "␣", "\t": "⇥", "\n": "↵", "\r": "↵", "\u00a0": "⍽"})
    return before.translate(signs), core, after.translate(signs)


FILTERS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (count, number, signed, percent, size, parameter, named, means, capital, many, ends)
}
