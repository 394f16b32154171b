"""Write index/text/dates.json, the names of months and weekdays, from Babel's CLDR data: python -m training.dates"""

import json
from pathlib import Path

from babel import Locale, localedata

from index.text.language import known_languages


def names(language: str) -> list[str]:
    # Babel 2.18 resolves references between languages in shared data: after Azerbaijani was loaded, German had
    # Azerbaijani months.
    localedata._cache.clear()
    locale = Locale.parse(language)
    found = [
        name.casefold()
        for calendar in (locale.months, locale.days)
        for form in ("format", "stand-alone")
        for name in calendar[form]["wide"].values()
    ]
    return list(dict.fromkeys(found))


def main() -> None:
    content = {language: names(language) for language in known_languages()}
    lines = [f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in content.items()]
    Path("index/text/dates.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
