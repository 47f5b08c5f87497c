"""The invented company's staff: who they are, where they live, what their job pays.

Everybody is invented. The personal numbers are well formed numbers of the birth years 1858-1899, so they
belong to nobody alive; one is the national test person Nancy Ann Test Berggren, who exists for tests.
"""

from dataclasses import dataclass, field
from datetime import date
from random import Random

NANCY = ("2512489996", "Nancy Ann Test Berggren")

# code, name, employees living there, and for some a postcode that lies in this municipality alone: it is all
# that the payroll knows of one employee there.
MUNICIPALITIES = [
    ("0101", "København", 12, None),
    ("0147", "Frederiksberg", 3, None),
    ("0159", "Gladsaxe", 2, None),
    ("0167", "Hvidovre", 2, None),
    ("0173", "Lyngby-Taarbæk", 1, None),
    ("0259", "Køge", 1, None),
    ("0265", "Roskilde", 2, None),
    ("0376", "Guldborgsund", 1, None),
    ("0400", "Bornholm", 1, "3700"),
    ("0410", "Middelfart", 1, None),
    ("0461", "Odense", 6, None),
    ("0479", "Svendborg", 1, None),
    ("0492", "Ærø", 1, "5960"),
    ("0540", "Sønderborg", 1, None),
    ("0561", "Esbjerg", 2, None),
    ("0580", "Aabenraa", 1, None),
    ("0607", "Fredericia", 1, None),
    ("0615", "Horsens", 4, None),
    ("0621", "Kolding", 2, None),
    ("0630", "Vejle", 3, None),
    ("0657", "Herning", 2, None),
    ("0661", "Holstebro", 1, None),
    ("0706", "Syddjurs", 4, "8410"),
    ("0707", "Norddjurs", 4, None),
    ("0710", "Favrskov", 5, None),
    ("0727", "Odder", 3, None),
    ("0730", "Randers", 5, "8900"),
    ("0740", "Silkeborg", 6, None),
    ("0741", "Samsø", 1, "8305"),
    ("0746", "Skanderborg", 5, None),
    ("0751", "Aarhus", 17, "8000"),
    ("0756", "Ikast-Brande", 2, "7430"),
    ("0760", "Ringkøbing-Skjern", 1, None),
    ("0766", "Hedensted", 3, None),
    ("0791", "Viborg", 3, None),
    ("0820", "Vesthimmerlands", 1, None),
    ("0851", "Aalborg", 6, None),
    ("0860", "Hjørring", 1, "9800"),
]

# title, lowest and highest base pay a month at full time in kroner, how the payroll counts, own components
POSITIONS = [
    ("Kontorassistent", 27_400, 31_900, "month", ["qualification_supplement", "seniority_supplement"]),
    ("Pædagogmedhjælper", 25_800, 28_600, "month", ["function_supplement", "seniority_supplement"]),
    ("Lagermedarbejder", 26_200, 30_400, "hour", ["evening_night_weekend_supplement"]),
    ("Gartner", 26_900, 31_200, "two_weeks", ["qualification_supplement"]),
    ("It-supporter", 30_500, 36_800, "month", ["function_supplement", "personal_supplement"]),
    ("Rengøringsassistent", 24_600, 26_900, "hour", ["evening_night_weekend_supplement"]),
    ("Butiksassistent", 24_900, 28_300, "hour", ["evening_night_weekend_supplement"]),
    ("Køkkenmedhjælper", 24_700, 27_500, "two_weeks", ["evening_night_weekend_supplement"]),
    ("Pedel", 27_100, 30_900, "month", ["function_supplement"]),
    ("Systuemedarbejder", 25_100, 27_800, "hour", ["personal_supplement"]),
    ("Cykelsmed", 26_600, 29_900, "hour", ["qualification_supplement"]),
    ("Bogholder", 31_800, 37_600, "month", ["qualification_supplement", "personal_supplement"]),
    ("Receptionist", 26_300, 29_700, "month", ["evening_night_weekend_supplement", "function_supplement"]),
    ("Chauffør", 27_800, 31_600, "two_weeks", ["evening_night_weekend_supplement", "seniority_supplement"]),
    ("Grafisk medarbejder", 29_200, 33_900, "month", ["qualification_supplement"]),
    ("Montør", 28_400, 32_700, "hour", ["qualification_supplement", "seniority_supplement"]),
]

WOMEN = (
    "Anne Åse Birthe Camilla Dorthe Emma Frederikke Gudrun Hanne Ida Jytte Karen Laura Mette Nadia Oda Pernille "
    "Ragnhild Signe Tove Ulla Vibeke Ylva Zoë Ærta Þóra Anne-Mette Maja Fatima Hồng"
).split()
MEN = (
    "Anders Bjørn Carl Daniel Erik Frode Gunnar Henrik Ib Jørgen Kåre Lars Mikkel Niels Ole Palle Rasmus Søren "
    "Torben Uffe Viggo Åge Øjvind Łukasz Ömer Jean-Luc Mohammed Kristian Çetin José"
).split()
SURNAMES = (
    "Ærø-Hansen Østergård Ågesen Bundgård Clausen Damgaard Egeskov Fjeldsøe Grønbæk Højlund Ibsen Jægersen Kjær "
    "Lundbæk Mølgaard Nørby Overgård Præstegaard Ravn Skovbjerg Thøgersen Ulvskov Vestergård Wiśniewski Yıldız "
    "Ćosić Björnsdóttir O'Hara Nguyễn Müller Świątek Brøndum Dalsgård Elkjær Falkenberg"
).split()

CPR_WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)


@dataclass
class Pay:
    """What the position pays at full time, in øre; shares in hundredths of a per cent."""

    unit: str
    base: int
    fixed: int
    variable: int
    bonus_yearly: int
    full_time_hours: int  # tenths of an hour a week
    employer_pension: int
    employee_pension: int
    pension_amount: int
    free_choice: int
    components: list = field(default_factory=list)

    def monthly_total(self):
        """The full-time wage a month: base, supplements, fixed bonus, free choice, employer's pension."""
        factor, divisor = {"month": (1, 1), "hour": (self.full_time_hours * 52, 120), "two_weeks": (26, 12)}[self.unit]
        wage = round_half((self.base + self.fixed) * factor, divisor)
        wage += self.variable + round_half(self.bonus_yearly, 12)
        pension = round_half(wage * self.employer_pension, 10_000) + self.pension_amount
        return wage + pension + round_half(wage * self.free_choice, 10_000)


@dataclass
class Employee:
    reference: str
    cpr: str
    name: str
    municipality: str
    postcode: str | None
    title: str
    pay: Pay


def round_half(numerator, denominator):
    return (2 * numerator + denominator) // (2 * denominator)


def cpr_number(rng: Random, woman: bool, taken: set) -> str:
    """A well formed number of a birth year 1858-1899; all but a few pass the old check digit, as real ones did."""
    must_pass = rng.random() < 0.96
    while True:
        born = date.fromordinal(rng.randint(date(1858, 1, 1).toordinal(), date(1899, 12, 31).toordinal()))
        number = f"{born:%d%m}{born.year % 100:02}{rng.randint(5, 8)}{rng.randint(0, 999):03}"
        passes = sum(w * int(d) for w, d in zip(CPR_WEIGHTS, number)) % 11 == 0
        if number not in taken and (int(number[9]) % 2 == 0) == woman and passes == must_pass:
            taken.add(number)
            return number


def full_name(rng: Random, woman: bool, taken: set) -> str:
    while True:
        first = rng.choice(WOMEN if woman else MEN)
        middle = f" {rng.choice(SURNAMES)}" if rng.random() < 0.3 else ""
        name = f"{first}{middle} {rng.choice(SURNAMES)}"
        if name not in taken and len(set(name.split())) == len(name.split()):
            taken.add(name)
            return name


def pay_for(rng: Random, low: int, high: int, unit: str, own: list) -> Pay:
    """A plausible wage: base pay in the payroll's unit, supplements, pension shares, free choice, bonus."""
    monthly = rng.randrange(low, high, 25) * 100
    hours = 350 if unit == "hour" and rng.random() < 0.1 else 370
    to_unit = {"month": 1, "hour": 120 / (hours * 52), "two_weeks": 12 / 26}[unit]
    base = round(monthly * to_unit / 5) * 5
    has = lambda chance: rng.random() < chance
    fixed = round(rng.randrange(450, 3200, 50) * 100 * to_unit / 5) * 5
    variable = rng.randrange(600, 2900, 10) * 100 + rng.choice([0, 0, 50]) if own[0].startswith("evening") else 0
    components = own + ["store_bededag_supplement"] * (has(0.6))
    pension = rng.choice(["percent", "percent", "percent", "amount", "none"])
    return Pay(
        unit=unit,
        base=base,
        fixed=fixed,
        variable=variable,
        bonus_yearly=rng.randrange(3000, 12_000, 500) * 100 if has(0.12) else 0,
        full_time_hours=hours,
        employer_pension=rng.choice([800, 1000, 1050, 1200, 1413]) if pension == "percent" else 0,
        employee_pension=rng.choice([400, 500, 525, 600]) if pension == "percent" else 0,
        pension_amount=rng.randrange(1200, 3600, 25) * 100 if pension == "amount" else 0,
        free_choice=rng.choice([100, 400, 700, 900]) if has(0.3) else 0,
        components=components,
    )


def staff(rng: Random) -> list:
    """The 120 employees: 118 in 38 municipalities, one on Christiansø and one abroad."""
    homes = [(code, postcode if n == 0 else None) for code, _, count, postcode in MUNICIPALITIES for n in range(count)]
    homes += [("0411", None), ("abroad", None)]
    rng.shuffle(homes)
    numbers, names, people = {NANCY[0]}, {NANCY[1]}, []
    for index, (code, postcode) in enumerate(homes, start=1):
        woman = rng.random() < 0.55
        cpr, name = cpr_number(rng, woman, numbers), full_name(rng, woman, names)
        title, low, high, unit, own = rng.choice(POSITIONS)
        pay = pay_for(rng, low, high, unit, own)
        people.append(Employee(f"V-{index:04}", cpr, name, code, postcode, title, pay))
    copenhagener = next(person for person in people if person.municipality == "0101")
    copenhagener.cpr, copenhagener.name = NANCY
    return people
