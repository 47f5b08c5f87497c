"""The same rule as others would write it: in OpenFisca, with numpy, in plain Python.

A person is a row of kroner: cash wage, own pension, employer's pension, ceiling. Each way gives, per person, the subsidy
before its rounding to the krone, the subsidy, and what is paid of it.
"""

import math

import numpy
from openfisca_core.entities import build_entity
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

MONTH = "2024-05"


class Rates:
    """The rates of the month, percentages as shares of one."""

    def __init__(self, by_name: dict[str, str]):
        self.maximum = float(by_name["maximum_subsidy"])
        self.threshold = float(by_name["income_threshold"])
        self.low = float(by_name["deduction_low_percent"]) / 100
        self.high = float(by_name["deduction_high_percent"]) / 100
        self.atp = float(by_name["atp_percent"]) / 100
        self.atp_maximum = float(by_name["atp_maximum"])
        self.pension = float(by_name["state_pension_percent"]) / 100


def plain(persons: list[tuple[float, float, float, float]], rates: Rates) -> list[tuple[float, float, float]]:
    """A loop over floats."""
    results = []
    for cash_wage, own_pension, employer_pension, ceiling in persons:
        income = cash_wage + own_pension + employer_pension
        deduction_low = min(income, rates.threshold) * rates.low
        deduction_high = max(income - rates.threshold, 0.0) * rates.high
        before_ceiling = max(rates.maximum - deduction_low - deduction_high, 0.0) if income > 0 else 0.0
        room = max(ceiling - income, 0.0)
        before_rounding = min(before_ceiling, room)
        # Half up, but never above the room under the ceiling.
        subsidy = math.floor(before_rounding + 0.5)
        if subsidy > room:
            subsidy = math.floor(before_rounding)
        atp = math.floor(min(subsidy * rates.atp, rates.atp_maximum) * 100 + 0.5) / 100
        paid = subsidy - atp
        _state_pension = math.floor(paid * rates.pension * 100 + 0.5) / 100
        results.append((before_rounding, subsidy, paid))
    return results


def with_numpy(persons: numpy.ndarray, rates: Rates) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Whole columns of float64."""
    income = persons[0] + persons[1] + persons[2]
    deduction_low = numpy.minimum(income, rates.threshold) * rates.low
    deduction_high = numpy.maximum(income - rates.threshold, 0) * rates.high
    before_ceiling = numpy.where(income > 0, numpy.maximum(rates.maximum - deduction_low - deduction_high, 0), 0)
    room = numpy.maximum(persons[3] - income, 0)
    before_rounding = numpy.minimum(before_ceiling, room)
    subsidy = numpy.floor(before_rounding + 0.5)
    subsidy = numpy.where(subsidy > room, numpy.floor(before_rounding), subsidy)
    atp = numpy.floor(numpy.minimum(subsidy * rates.atp, rates.atp_maximum) * 100 + 0.5) / 100
    paid = subsidy - atp
    _state_pension = numpy.floor(paid * rates.pension * 100 + 0.5) / 100
    return before_rounding, subsidy, paid


Person = build_entity(key="person", plural="persons", label="A person in a fleksjob", is_person=True)


def amount(name: str, formula=None) -> type[Variable]:
    """A variable in kroner a month."""
    content = {"value_type": float, "entity": Person, "definition_period": DateUnit.MONTH, "label": name}
    if formula:
        content["formula"] = formula
    return type(name, (Variable,), content)


def income(person, period):
    return person("cash_wage", period) + person("own_pension", period) + person("employer_pension", period)


def deduction_low(person, period, parameters):
    fleksjob = parameters(period).fleksjob
    return numpy.minimum(person("income", period), fleksjob.threshold) * fleksjob.low


def deduction_high(person, period, parameters):
    fleksjob = parameters(period).fleksjob
    return numpy.maximum(person("income", period) - fleksjob.threshold, 0) * fleksjob.high


def before_ceiling(person, period, parameters):
    left = parameters(period).fleksjob.maximum - person("deduction_low", period) - person("deduction_high", period)
    return numpy.where(person("income", period) > 0, numpy.maximum(left, 0), 0)


def ceiling_room(person, period):
    return numpy.maximum(person("wage_ceiling", period) - person("income", period), 0)


def before_rounding(person, period):
    return numpy.minimum(person("before_ceiling", period), person("ceiling_room", period))


def subsidy(person, period):
    exact = person("before_rounding", period)
    half_up = numpy.floor(exact + 0.5)
    return numpy.where(half_up > person("ceiling_room", period), numpy.floor(exact), half_up)


def atp(person, period, parameters):
    fleksjob = parameters(period).fleksjob
    return numpy.floor(numpy.minimum(person("subsidy", period) * fleksjob.atp, fleksjob.atp_maximum) * 100 + 0.5) / 100


def paid_before_tax(person, period):
    return person("subsidy", period) - person("atp", period)


def state_pension(person, period, parameters):
    share = person("paid_before_tax", period) * parameters(period).fleksjob.pension
    return numpy.floor(share * 100 + 0.5) / 100


INPUTS = ("cash_wage", "own_pension", "employer_pension", "wage_ceiling")
FORMULAS = (income, deduction_low, deduction_high, before_ceiling, ceiling_room, before_rounding, subsidy, atp,
            paid_before_tax, state_pension)


class Country(TaxBenefitSystem):
    """The country package: one entity, its inputs and formulas, dated parameters."""

    def __init__(self, rates: Rates):
        super().__init__([Person])
        values = {name: {"values": {"2024-01-01": {"value": value}}} for name, value in vars(rates).items()}
        self.parameters = ParameterNode("", data={"fleksjob": values})
        for name in INPUTS:
            self.add_variable(amount(name))
        for formula in FORMULAS:
            self.add_variable(amount(formula.__name__, formula))


def with_openfisca(country: Country, persons: numpy.ndarray):
    """A whole simulation: built, given its inputs, and asked for everything that ours gives."""
    builder = SimulationBuilder()
    builder.create_entities(country)
    builder.declare_person_entity("person", range(persons.shape[1]))
    simulation = builder.build(country)
    for name, column in zip(INPUTS, persons):
        simulation.set_input(name, MONTH, column)
    simulation.calculate("state_pension", MONTH)
    return tuple(simulation.calculate(name, MONTH) for name in ("before_rounding", "subsidy", "paid_before_tax"))
