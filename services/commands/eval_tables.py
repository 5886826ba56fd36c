"""Figures of a measurement as tables for a terminal."""

from typing import Any

from services.route.measure import Figure

SHOWN = {
    "macro_f1": "macro F1", "germeval_f": "GermEval F", "average_precision": "avg precision",
    "auc": "AUC", "calibration_error": "calibration error", "brier": "Brier",
}  # fmt: skip


def sorting_lines(figures: dict[str, Any]) -> list[str]:
    """Return the figures as a table for a terminal."""
    rows, notes = figures["rows"], figures["notes"]
    lines = [f"{rows['train']} comments learnt, {rows['test']} measured"]
    if notes["labels_seen_once_left_out"]:
        lines.append(f"{notes['labels_seen_once_left_out']} left out: their label occurs once")
    if notes["test_labels_never_learnt"]:
        lines.append("never learnt: " + ", ".join(notes["test_labels_never_learnt"]))
    if notes["test_texts_also_in_train"]:
        lines.append(f"{notes['test_texts_also_in_train']} test texts are in the training file too")
    methods = {"Dialogwerk": figures["model"], **figures["baselines"]}
    lines += ["", f"{'':18s}" + "".join(f"{name:>24s}" for name in methods)]
    for key, name in SHOWN.items():
        cells = (Figure(**found[key]).shown() for found in methods.values())
        lines.append(f"{name:18s}" + "".join(f"{cell:>24s}" for cell in cells))
    lines += ["", f"{'label':24s}{'rows':>7s}{'precision':>11s}{'recall':>9s}{'F1':>8s}{'AP':>8s}"]
    for name, found in figures["by_label"].items():
        lines.append(
            f"{name[:23]:24s}{found['rows']:7d}{found['precision']:11.3f}{found['recall']:9.3f}"
            f"{found['f1']:8.3f}{found['average_precision']:8.3f}"
        )
    lines += ["", "what is said, how often it is so (rows):"]
    lines += [
        f"  {one['said']:.3f}  {one['found']:.3f}  ({one['rows']})"
        for one in figures["reliability"]
    ]
    return lines


ALARMS = {
    "alarmed": "alarmed", "helped": "call for help", "muted": "muted alone", "rests": "put to rest",
    "read_as_attack": "read as attack", "above_half_recall": "at half recall",
}  # fmt: skip


def alarm_lines(figures: dict[str, Any]) -> list[str]:
    """Return the shares as a table for a terminal."""
    columns = [key for key in ALARMS if key in figures["groups"]["all"]]
    lines = [figures["note"], ""]
    lines.append(f"{'group':20s}{'rows':>7s}" + "".join(f"{ALARMS[k]:>24s}" for k in columns))
    for name, found in figures["groups"].items():
        cells = (Figure(**found[key]).shown() for key in columns)
        lines.append(f"{name[:19]:20s}{found['rows']:7d}" + "".join(f"{c:>24s}" for c in cells))
    return lines
