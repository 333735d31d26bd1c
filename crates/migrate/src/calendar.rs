//! Dates of unix times, in UTC.

/// Seconds since 1970-01-01 00:00 UTC.
pub type UnixTime = i64;

pub const DAY_SECONDS: i64 = 86_400;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Year, month (1 to 12) and day (1 to 31) of the proleptic Gregorian calendar.
///
/// Formula: Howard Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`: count in eras of 400 years that
/// begin on 1 March, so that the leap day comes last.
fn civil(time: UnixTime) -> (i64, usize, i64) {
    let days = time.div_euclid(DAY_SECONDS) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month as usize, day)
}

/// `2020-03-12`
pub fn date(time: UnixTime) -> String {
    let (year, month, day) = civil(time);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `16:05`
pub fn clock(time: UnixTime) -> String {
    let minutes = time.rem_euclid(DAY_SECONDS) / 60;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `2020-03-12 16:05`
pub fn date_and_clock(time: UnixTime) -> String {
    format!("{} {}", date(time), clock(time))
}

/// `12 Mar`, for axes.
pub fn day_and_month(time: UnixTime) -> String {
    let (_, month, day) = civil(time);
    format!("{day} {}", MONTHS[month - 1])
}

/// `12 Mar 2020`, for prose.
pub fn long_date(time: UnixTime) -> String {
    format!("{} {}", day_and_month(time), civil(time).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days_keep_their_dates() {
        let known = [
            (0, "1970-01-01 00:00"),
            (-1, "1969-12-31 23:59"),
            (951_782_399, "2000-02-28 23:59"),
            (951_782_400, "2000-02-29 00:00"),
            (1_584_028_800, "2020-03-12 16:00"),
            (1_582_934_400, "2020-02-29 00:00"),
            (4_102_444_800, "2100-01-01 00:00"),
            (4_107_542_400, "2100-03-01 00:00"),
        ];
        for (time, text) in known {
            assert_eq!(date_and_clock(time), text);
        }
        assert_eq!(day_and_month(1_584_028_800), "12 Mar");
        assert_eq!(long_date(1_584_028_800), "12 Mar 2020");
    }

    #[test]
    fn each_day_follows_the_one_before_for_four_centuries() {
        let lengths = |year: i64| {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        };
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..146_097 {
            assert_eq!(civil(days * DAY_SECONDS), (year, month, day));
            day += 1;
            if day > lengths(year)[month - 1] {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
    }
}
