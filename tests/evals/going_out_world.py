"""A week of posts by 44 pages around the sample foundation, each kind of story with a verdict.

Every template carries the verdict of whoever wrote it: would a press officer of the foundation be
glad to be shown this post, because a fact of ours helps the people there? The verdict belongs to
the story, not to its words, its figures or its time: stories about heat, trees or yards that want
no word of ours (an accident, an advertisement, an obituary, a court case, our own news repeated)
stand beside those that do, with the same topics and the same liveliness.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

PLACES = ("Karlsfurten", "Quellmünde", "Brennheide", "Sülzhagen", "Tarnewalde", "Mühlbrück")
WHO = ("Nachbarinnen", "Eltern", "Mieter", "Seniorinnen", "Schulkinder", "Hausgemeinschaften")
WHEN = ("heute", "gestern", "am Wochenende", "seit Montag", "im letzten Sommer", "in dieser Woche")
OPENINGS = (
    "",
    "Aus {place}: ",
    "{when}: ",
    "Wir fragen nach: ",
    "Kurz gemeldet: ",
    "Thema des Tages: ",
)

WELCOME = (
    "Dachgeschosswohnungen werden zur Falle: {who} schlafen {when} bei 28 Grad. Was hilft ihnen?",
    "Wer bezahlt Rollläden und Markisen, wenn die Mietwohnung in {place} im Sommer zu heiß wird?",
    "{who} in {place} wollen ihren Hof entsiegeln. Welche Förderung gibt es, und wie viel?",
    "Ein grauer Innenhof, sechs Parteien, kein Schatten: Wie wird daraus ein kühler Hof?",
    "Der Schulhof in {place} steht nach jedem Starkregen unter Wasser. Was bringt Entsiegeln?",
    "Lohnt sich ein Schwamm-Schulhof? Die Stadt {place} zweifelt an Kosten und Nutzen.",
    "Zu wenig Bänke im Schatten, sagen {who} in {place}. Wer kann ein Sonnensegel beantragen?",
    "Wie kommen alte Menschen durch die heißen Tage? {who} suchen Ehrenamtliche für Anrufe.",
    "Junge Straßenbäume vertrocknen in {place}. Wer ersetzt sie, und wer gießt?",
    "Parkplatz oder Baum? Der Rat in {place} entscheidet über jeden fünften Stellplatz.",
    "Bürgerrat zum Wasser im Warletal: Was ist aus den Empfehlungen geworden?",
    "Ein Jahr Freiwilligendienst im Stadtgrün: Was tun die Jugendlichen dort?",
    "Stimmt es, dass Begrünung die Miete erhöht? {who} in {place} sind unsicher.",
    "Hitzetote im Land: Warum trifft es die Wohnung mehr als den Platz? Was sagen Messungen?",
    "Heat at home: tenants in {place} ask what actually cools a top-floor flat. Any evidence?",
    "Neighbourhood volunteers visit older people on hot days. Does it work, and who trains them?",
    "Trinkbrunnen und Schatten an Haltestellen: {who} fragen, wo man das beantragt.",
    "Die Vermieterin sagt nein zum Sonnenschutz. Was dürfen {who} bei Hitze?",
)
NEAR_BUT_NOT = (
    "Baum stürzt in {place} auf ein Auto, eine Person wird verletzt. Die Polizei ermittelt.",
    "Wir trauern um unseren Gärtner, der {when} am Baum verunglückt ist. Bitte keine Fragen.",
    "Hitze macht durstig! {when} jede Markise und jedes Sonnensegel 20 Prozent billiger.",
    "Rechtsstreit um die Hitze in der Mietwohnung: Das Urteil in {place} fällt erst im März.",
    "Danke an die Stiftung Regenlinde für die Förderung unseres Hofes in {place}!",
    "Unsere Schulhof-Einweihung in {place} war {when} ein Fest. Schön, dass ihr da wart!",
    "Brand auf dem Schulhof in {place}: Feuerwehr sucht Zeuginnen und Zeugen.",
    "Parkplatzstreit in {place} eskaliert: Anzeige gegen zwei Ratsmitglieder.",
    "Rätsel der Woche: Welcher Baum wächst vor dem Rathaus in {place}? Zu gewinnen gibt es Saft.",
    "Hitzerekord beim Chilifest: {who} essen {when} um die Wette.",
    "Kühle Getränke, heiße Musik: Hofkonzert {when} in {place}, Eintritt frei.",
    "Stellenanzeige: Wir suchen {when} eine Fachkraft für Baumpflege in {place}.",
    "Wetter {when}: 36 Grad in {place}, abends Gewitter.",
    "Unser Hof ist {when} geschlossen. Die Mieter bitten wir um Verständnis.",
    "Kommentar: Über den Bürgerrat Wasser haben wir alles gesagt. Nun ist Schluss.",
    "Baumfällung in {place} verschoben, Umleitung über die Uferstraße bleibt.",
    "Wohnung gesucht! Zwei Zimmer mit Schatten in {place}, gern Dachgeschoss.",
    "Heizung im Sommer? {who} in {place} lachen über eine falsche Nebenkostenabrechnung.",
)
ELSEWHERE = (
    "{place} gewinnt das Derby 3:1, {who} feiern bis in die Nacht.",
    "Busfahrpläne ändern sich {when}: Linie 4 fährt nicht mehr über {place}.",
    "Im Stadttheater {place} beginnt {when} die neue Spielzeit.",
    "Krankenhaus in {place} sucht Pflegekräfte, {who} demonstrieren.",
    "Neue Radstreife in {place}: Testphase beginnt {when}.",
    "Haushalt beschlossen: {place} spart bei Bibliotheken.",
    "Sturm der Entrüstung um das Freibad in {place}.",
    "Katze aus dem Brunnen gerettet, {who} klatschen.",
    "Rezept der Woche: Kürbissuppe, wie {who} sie kochen.",
    "Streik bei der Bahn {when}: Was Pendlerinnen in {place} wissen müssen.",
    "Neue Chefin im Amt für Statistik, Antritt {when}.",
    "Digitalpakt: {place} bekommt 300 Tablets für {who}.",
    "Wahlkampf in {place}: Podium {when} um 19 Uhr.",
    "Museumsnacht {when}: Eintritt für {who} frei.",
    "Blutspende in {place}: {when} von 15 bis 19 Uhr.",
    "Internet fällt aus: {who} in {place} warten seit Stunden.",
    "The new ferry to {place} starts on Monday, tickets are on sale.",
    "Flohmarkt {when} in {place}, Anmeldung im Bürgerbüro.",
    "Grippewelle: Praxen in {place} sind voll.",
    "Streit um die Umbenennung der Hauptstraße in {place}.",
)
PAGES = 44
POSTS = 2000
DAYS = 7
SHARE_WELCOME, SHARE_NEAR = 0.06, 0.14


@dataclass(frozen=True)
class Story:
    """A post with its figures and its author's verdict."""

    page: int
    relation: str
    readers: int
    text: str
    minutes: int
    """After the week began."""
    likes: int
    replies: int
    welcome: bool


def week(seed: int = 7) -> list[Story]:
    """Return the week's posts, oldest first; the same seed gives the same week."""
    dice = random.Random(seed)
    relations = ["news"] * 14 + ["partner"] * 20 + ["decision_maker"] * 10
    readers = [int(10 ** dice.uniform(2.4, 5.2)) for _ in range(PAGES)]
    stories = [_story(dice, relations, readers) for _ in range(POSTS)]
    return sorted(stories, key=lambda one: one.minutes)


def _story(dice: random.Random, relations: list[str], readers: list[int]) -> Story:
    page = dice.randrange(PAGES)
    chance = dice.random()
    welcome = chance < SHARE_WELCOME
    near = not welcome and chance < SHARE_WELCOME + SHARE_NEAR
    template = dice.choice(WELCOME if welcome else NEAR_BUT_NOT if near else ELSEWHERE)
    slots = {
        "place": dice.choice(PLACES), "who": dice.choice(WHO), "when": dice.choice(WHEN)
    }  # fmt: skip
    attention = dice.lognormvariate(0, 1.2)
    return Story(
        page=page, relation=relations[page], readers=readers[page],
        text=(dice.choice(OPENINGS) + template).format(**slots),
        minutes=dice.randrange(DAYS * 24 * 60),
        likes=int(readers[page] * 0.004 * attention),
        replies=int(readers[page] * 0.0006 * attention * dice.uniform(0.3, 2)),
        welcome=welcome,
    )  # fmt: skip


def mornings(begins: datetime) -> Iterator[datetime]:
    """Yield six o'clock of each day from the second on."""
    for day in range(1, DAYS + 1):
        yield begins + timedelta(days=day, hours=6)
