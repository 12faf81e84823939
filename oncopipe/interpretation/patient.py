"""Is a condition true of a patient? Variants that were found, sites that were read, states that were given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from oncopipe.data.variants import AnnotatedVariant, Effect
from oncopipe.interpretation.callable import LimitTable
from oncopipe.interpretation.logic import Truth, conjunction, disjunction, negation
from oncopipe.interpretation.plausibility import HOTSPOTS, SUPPRESSORS, KnownKinds, plausible_reason
from oncopipe.knowledge.conditions import BIOMARKER, AllOf, AnyOf, Atom, Condition, Not
from oncopipe.knowledge.rules import NEVER, fit, is_by_exon_mutation, short_change
from oncopipe.knowledge.units import Unit, units_of

# METHOD: "RAS wild type" of the labels of cetuximab and panitumumab: no mutation in exons 2, 3 and 4 of KRAS and NRAS,
# which is codons 12 and 13, 59 and 61, 117 and 146.
GROUPS = {"RAS": ("KRAS", "NRAS")}
_RAS_CODONS = frozenset({"G12", "G13", "A59", "Q61", "K117", "A146"})
WILD_TYPE_CODONS = {"KRAS": _RAS_CODONS, "NRAS": _RAS_CODONS}
_STATES_ONLY = NEVER - {"wild type"}


@dataclass(frozen=True)
class Verdict:
    """Whether a condition holds, and why: one line for each atom that was looked at."""

    truth: Truth
    trace: tuple[str, ...]


class Patient:
    """What is known of one tumor.

    `states`: name of a biomarker -> present or not; what is not there is unknown. `serves`: the
    highest limit of detection that makes a site callable. `forced`: alleles that were counted because they were asked
    for; no calls.
    """

    def __init__(
        self,
        variants: Iterable[AnnotatedVariant],
        known: Mapping[str, KnownKinds],
        limits: LimitTable,
        serves: float,
        states: Mapping[str, bool] | None = None,
        forced: Iterable[AnnotatedVariant] = (),
    ) -> None:
        self._passed: dict[str, list[AnnotatedVariant]] = defaultdict(list)
        self._failed: dict[str, list[AnnotatedVariant]] = defaultdict(list)
        for v in variants:
            if v.effect is not None:
                (self._passed if v.is_pass else self._failed)[v.effect.gene].append(v)
        self._counted: dict[str, list[AnnotatedVariant]] = defaultdict(list)
        for v in forced:
            if v.effect is not None:
                self._counted[v.effect.gene].append(v)
        self._known = known
        self.limits = limits
        self.serves = serves
        self._states = {name.casefold(): state for name, state in (states or {}).items()}
        self._found: dict[Atom, Verdict] = {}

    def verdict(self, condition: Condition) -> Verdict:
        """Whether the condition holds, in three-valued logic."""
        match condition:
            case Atom():
                return self._atom(condition)
            case Not(of):
                inner = self.verdict(of)
                return Verdict(negation(inner.truth), inner.trace)
            case AllOf(parts):
                return _joined([self.verdict(part) for part in parts], conjunction)
            case AnyOf(parts):
                return _joined([self.verdict(part) for part in parts], disjunction)

    def units(self, gene: str, rule: str) -> tuple[Unit, ...]:
        """The places where a change of this rule would lie."""
        if gene in GROUPS:
            return tuple(unit for member in GROUPS[gene] for unit in self.units(member, rule))
        return units_of(gene, rule, residues_meant(gene, self._known.get(gene)))

    def _atom(self, atom: Atom) -> Verdict:
        if atom not in self._found:
            truth, why = self._looked_up(atom)
            self._found[atom] = Verdict(truth, (f"{atom.gene}[{atom.rule}] is {truth}: {why}",))
        return self._found[atom]

    def _looked_up(self, atom: Atom) -> tuple[Truth, str]:
        if atom.gene == BIOMARKER or atom.rule in _STATES_ONLY:
            return self._state(atom)
        if atom.gene in GROUPS:
            parts = [self._atom(Atom(gene, atom.rule)) for gene in GROUPS[atom.gene]]
            join = conjunction if atom.rule == "wild type" else disjunction
            found = _joined(parts, join)
            return found.truth, "; ".join(found.trace)
        if atom.rule == "wild type":
            truth, why = self._mutated(atom.gene, "mutation")
            return negation(truth), why
        return self._mutated(atom.gene, atom.rule)

    def _state(self, atom: Atom) -> tuple[Truth, str]:
        name = atom.rule if atom.gene == BIOMARKER else f"{atom.gene} {atom.rule}"
        state = self._states.get(name.casefold())
        if state is None:
            return "unknown", "it was not given and is not measured here"
        return ("true", "given with the sample") if state else ("false", "given with the sample as absent")

    def found(self, gene: str, rule: str) -> tuple[Truth, str] | None:
        """True of a call that fits; unknown of one that need not be of the kind that is meant; None when none fits."""
        return self._fitting(self._passed.get(gene, []), gene, rule)

    def doubt(self, gene: str, rule: str) -> str | None:
        """Why absence cannot be told, where a call that fits failed its filters at a fraction that counts."""
        failed = next((v for v in self._failed.get(gene, []) if self._is_candidate(v, gene, rule)), None)
        return f"a candidate that fits failed its filters ({', '.join(failed.filters)})" if failed else None

    def counted(self, gene: str, rule: str) -> tuple[int, int] | None:
        """Molecules with a change of this rule, and molecules that speak there: of the alleles that were counted by name
        and of calls that failed, the one that most show, then the one that fewest cover. None where none was counted.
        """
        codons = {unit.target.removeprefix("codon ") for unit in self.units(gene, rule)}
        counts = [
            (v.tumor.alternate, v.tumor.depth)
            for member in GROUPS.get(gene, (gene,))
            for v in (*self._counted.get(member, ()), *self._failed.get(member, ()))
            if v.tumor is not None and v.effect is not None and _is_of(v.effect, rule, codons)
        ]
        return min(counts, key=lambda count: (-count[0], count[1]), default=None)

    def _mutated(self, gene: str, rule: str) -> tuple[Truth, str]:
        """Whether a change that fits the rule is there; absent only where every place it names could be read."""
        if found := self.found(gene, rule):
            return found
        if doubt := self.doubt(gene, rule):
            return "unknown", doubt
        seen = self.limits.callability(self.units(gene, rule), self.serves)
        if seen.is_whole:
            return "false", (
                f"not found, and each of its {seen.n_sites} sites was callable (fractions of {seen.worst:.3g} or more "
                "would have been found)"
            )
        n_unfit = seen.n_sites - seen.n_assessable
        return "unknown", f"not found, but {n_unfit} of {seen.n_sites} sites cannot be told; {seen.reason}"

    def _fitting(self, variants: list[AnnotatedVariant], gene: str, rule: str) -> tuple[Truth, str] | None:
        """The surest of the variants that fit; unknown for one that need not be of the kind that is meant."""
        doubt: tuple[Truth, str] | None = None
        for v in variants:
            effect = v.effect
            found = fit(rule, effect) if effect is not None else None
            if effect is None or found is None:
                continue
            name = effect.hgvs_p_short or effect.hgvs_c
            if rule != "mutation" and not is_by_exon_mutation(rule):
                return "true", f"{name} was found"
            if plausible_reason(effect, self._known.get(gene, KnownKinds())):
                return "true", f"{name} was found"
            doubt = "unknown", f"{name} was found, which is not known to be of the kind that is meant"
        return doubt

    def _is_candidate(self, v: AnnotatedVariant, gene: str, rule: str) -> bool:
        """Whether a call that failed fits the rule, at a fraction that counts."""
        if v.tumor is None or v.tumor.vaf < self.serves:
            return False
        return self._fitting([v], gene, rule) is not None


def _is_of(effect: Effect, rule: str, codons: set[str]) -> bool:
    """Whether an allele that was counted changes one of these codons, in the way of the rule where it names one."""
    residue = short_change(effect).rstrip("=*ABCDEFGHIKLMNPQRSTVWXYZ")
    if not effect.changes_protein or residue not in codons:
        return False
    return rule == "mutation" or fit(rule, effect) is not None


def residues_meant(gene: str, known: KnownKinds | None) -> frozenset[str]:
    """The residues that "mutation" and "wild type" of a gene mean; none for a tumor suppressor, where any place may.

    METHOD: for an oncogene, the hotspots of the textbook list, those that the knowledge in use names one by one, and
    what a label names.
    """
    if gene in SUPPRESSORS:
        return frozenset()
    named = known.residues if known else set()
    return HOTSPOTS.get(gene, frozenset()) | WILD_TYPE_CODONS.get(gene, frozenset()) | frozenset(named)


def _joined(parts: list[Verdict], join: Callable[[Iterable[Truth]], Truth]) -> Verdict:
    truths = [part.truth for part in parts]
    return Verdict(join(truths), tuple(dict.fromkeys(line for part in parts for line in part.trace)))
