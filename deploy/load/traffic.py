"""What the users of a load test do: sessions of a shop, with names, texts and sizes as they occur (about 600 bytes a row)."""

import dataclasses
import random
import time
import uuid

PAGES = ["/", "/sale", "/search", "/lamps", "/lamps/desk", "/chairs", "/chairs/office", "/cart", "/help", "/über-uns"]
REFERRERS = ["", "https://www.example.com/", "https://news.example.org/a?utm_source=letter&utm_campaign=autumn"]
AGENTS = ["Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
          "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0"]
WORDS = ["lamp", "desk", "chair", "büro", "weiß", "椅子", "lampe 40 W", 'a "quoted" one', "5 € off", "🪑"]
EVENTS = [("page_viewed", 60), ("product_viewed", 20), ("searched", 8), ("added_to_cart", 6), ("cart_viewed", 4),
          ("ordered", 2)]
ACCOUNTS = 20_000  # few enough that users come back


def now():
    return int(time.time() * 1000)


@dataclasses.dataclass
class Session:
    """One visit: who it is, how long it stays, and when it signs in, if it does."""

    draw: random.Random

    def __post_init__(self):
        draw = self.draw
        self.cookie = f"cookie-{uuid.UUID(int=draw.getrandbits(128), version=4)}"
        self.account = f"user{draw.randrange(ACCOUNTS)}@example.com"
        self.agent = draw.choice(AGENTS)
        self.length = min(60, 1 + int(draw.expovariate(1 / 8)))  # most are short, a few are long
        self.batch = draw.choice([1, 1, 5, 10])
        self.signs_in_at = draw.randrange(self.length) if draw.random() < 0.2 else -1


def event(draw, session, number):
    [name] = draw.choices([name for name, _ in EVENTS], [share for _, share in EVENTS])
    metadata = {"path": draw.choice(PAGES), "referrer": draw.choice(REFERRERS), "userAgent": session.agent,
                "screen": {"width": draw.choice([390, 1440, 1920]), "height": draw.choice([844, 900, 1080])},
                "session": session.cookie[-12:], "position": number}
    if name == "searched":
        metadata["query"] = " ".join(draw.sample(WORDS, 2))
        metadata["results"] = draw.randrange(200)
    elif name != "page_viewed":
        metadata["items"] = [{"product": f"sku-{draw.randrange(5000)}", "price": round(draw.uniform(1, 900), 2),
                              "quantity": draw.randint(1, 3)} for _ in range(draw.randint(1, 4))]
    return {"eventName": name, "metadata": metadata, "timestampUTC": now()}


def attributes(draw, session):
    return {"email": session.account, "plan": draw.choice(["free", "pro", "team"]), "seats": draw.randint(1, 50),
            "language": draw.choice(["de", "en", "fr", "ja"]), "newsletter": draw.random() < 0.3}
