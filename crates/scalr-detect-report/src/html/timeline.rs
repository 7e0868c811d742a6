//! When secrets came: bars over time, and the same as a table.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use scalr_detect::Severity;

use super::thousands;

/// So many bars are there at least, so that one is not as wide as the page, and so many at most of a finer unit.
const LEAST: i64 = 24;
const MOST: i64 = 72;

const HEIGHT: f64 = 100.0;

/// What a bar stands for.
#[derive(Clone, Copy)]
enum Unit {
    Day,
    Month,
    Year,
}

impl Unit {
    const ALL: [Unit; 3] = [Unit::Day, Unit::Month, Unit::Year];

    fn name(self) -> &'static str {
        match self {
            Unit::Day => "day",
            Unit::Month => "month",
            Unit::Year => "year",
        }
    }

    /// The number of the day, month or year that a day is in.
    fn of(self, date: Date) -> i64 {
        let (year, month) = (i64::from(date.year()), i64::from(date.month()));
        match self {
            Unit::Day => i64::from((date - EPOCH).get_days()),
            Unit::Month => year * 12 + month - 1,
            Unit::Year => year,
        }
    }

    fn label(self, number: i64) -> String {
        match self {
            Unit::Day => match i32::try_from(number)
                .ok()
                .and_then(|days| EPOCH.checked_add(jiff::Span::new().days(days)).ok())
            {
                Some(date) => date.to_string(),
                None => String::new(),
            },
            Unit::Month => format!("{:04}-{:02}", number.div_euclid(12), number.rem_euclid(12) + 1),
            Unit::Year => format!("{number:04}"),
        }
    }
}

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

type Counts = [u64; Severity::ALL.len()];

/// Writes the timeline of secrets of which it is known when they came, in seconds since 1970; nothing if it is known of none.
pub(super) fn write(out: &mut impl Write, secrets: impl Iterator<Item = (i64, Severity)>) -> io::Result<()> {
    let dated: Vec<(Date, Severity)> = secrets
        .filter_map(|(seconds, severity)| {
            let time = jiff::Timestamp::from_second(seconds).ok()?;
            Some((time.to_zoned(TimeZone::UTC).date(), severity))
        })
        .collect();
    let Some(((earliest, _), (latest, _))) =
        dated.iter().min_by_key(|s| s.0).zip(dated.iter().max_by_key(|s| s.0))
    else {
        return Ok(());
    };
    let fits = |unit: &Unit| unit.of(*latest) - unit.of(*earliest) < MOST;
    let unit = Unit::ALL.into_iter().find(fits).unwrap_or(Unit::Year);
    let mut bars: BTreeMap<i64, Counts> = BTreeMap::new();
    for (date, severity) in &dated {
        bars.entry(unit.of(*date)).or_default()[*severity as usize] += 1;
    }
    let (mut first, mut last) = (unit.of(*earliest), unit.of(*latest));
    let missing = LEAST - (last - first + 1);
    if missing > 0 {
        first -= missing / 2;
        last += missing - missing / 2;
    }
    let most = bars.values().map(|counts| counts.iter().sum::<u64>()).max().unwrap_or(1);
    let name = unit.name();
    let span = match earliest == latest {
        true => format!("on {earliest}"),
        false => format!("from {earliest} to {latest}"),
    };
    let secrets = if dated.len() == 1 { "secret" } else { "secrets" };
    write!(
        out,
        "<section class=\"card timeline\" aria-labelledby=\"timeline-title\"><h2 id=\"timeline-title\">When they came</h2>\n\
         <svg role=\"img\" aria-labelledby=\"timeline-text\" viewBox=\"0 0 {} {HEIGHT}\" preserveAspectRatio=\"none\">\
         <title id=\"timeline-text\">{} {secrets} by the {name} of the commit that introduced them, {span}; at most {most} in a {name}</title>\n",
        last - first + 1,
        thousands(dated.len() as u64),
    )?;
    for (number, counts) in &bars {
        write!(out, "<g><title>{}: {}</title>", unit.label(*number), described(counts))?;
        let mut y = HEIGHT;
        for (severity, &n) in Severity::ALL.into_iter().zip(counts).rev().filter(|(_, n)| **n > 0) {
            // Of a hundred, one must still be seen.
            let height = (n as f64 / most as f64 * (HEIGHT - 4.0)).max(1.5);
            y -= height;
            let x = (number - first) as f64 + 0.12;
            let class = severity.name();
            write!(
                out,
                "<rect class=\"{class}\" x=\"{x}\" y=\"{y:.2}\" width=\"0.76\" height=\"{height:.2}\"/>"
            )?;
        }
        writeln!(out, "</g>")?;
    }
    writeln!(
        out,
        "</svg><div class=\"axis\" aria-hidden=\"true\"><span>{}</span><span>{}</span></div>",
        unit.label(first),
        unit.label(last)
    )?;
    let title = {
        let mut name = name.to_owned();
        name[..1].make_ascii_uppercase();
        name
    };
    write!(
        out,
        "<details><summary>As a table</summary><div class=\"scroll\"><table><caption>Secrets by the {name} that introduced them</caption>\
         <thead><tr><th scope=\"col\">{title}"
    )?;
    let columns: Vec<Severity> = Severity::ALL
        .into_iter()
        .rev()
        .filter(|s| bars.values().any(|counts| counts[*s as usize] > 0))
        .collect();
    for severity in &columns {
        write!(out, "<th scope=\"col\" class=\"n\">{severity}")?;
    }
    writeln!(out, "</tr></thead><tbody>")?;
    for (number, counts) in &bars {
        write!(out, "<tr><th scope=\"row\">{}</th>", unit.label(*number))?;
        for severity in &columns {
            write!(out, "<td class=\"n\">{}</td>", thousands(counts[*severity as usize]))?;
        }
        writeln!(out, "</tr>")?;
    }
    out.write_all(b"</tbody></table></div></details></section>\n")
}

/// `2 critical, 1 low`.
fn described(counts: &Counts) -> String {
    let parts: Vec<String> = Severity::ALL
        .into_iter()
        .zip(counts)
        .rev()
        .filter(|(_, n)| **n > 0)
        .map(|(severity, n)| format!("{n} {severity}"))
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(secrets: &[(i64, Severity)]) -> String {
        let mut out = Vec::new();
        write(&mut out, secrets.iter().copied()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_unit_fits_the_span() {
        const DAY: i64 = 86_400;
        let now = 1_764_000_000;
        for (others, row) in [
            (&[][..], "2025-11-24"),
            (&[10 * DAY], "2025-11-14"),
            (&[10 * DAY, 300 * DAY], "2025-01"),
            (&[9000 * DAY], "2001"),
        ] {
            let mut secrets = vec![(now, Severity::High)];
            secrets.extend(others.iter().map(|ago| (now - ago, Severity::Low)));
            let text = text(&secrets);
            assert!(text.contains(&format!("<th scope=\"row\">{row}</th>")), "{row}: {text}");
        }
        assert_eq!(text(&[]), "");
    }

    #[test]
    fn any_time_is_drawn() {
        for secrets in [
            &[(i64::MIN, Severity::Low), (i64::MAX, Severity::Low)][..],
            &[(-377_705_000_000, Severity::Low), (253_402_000_000, Severity::Critical)],
        ] {
            let text = text(secrets);
            assert!(text.len() < 5000, "{text}");
        }
    }
}
