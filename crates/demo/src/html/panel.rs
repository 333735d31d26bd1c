//! One small chart over time, as inline SVG.

use super::Escaped;
use super::axis;
use crate::calendar::UnixTime;

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 210.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 350.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 184.0;
/// Longer lines are thinned to the extremes of this many stretches of time, more than a screen shows.
const STRETCHES_MAX: usize = 600;

/// A line's value at a time; `None` is a gap.
pub type Point = (UnixTime, Option<f64>);

/// A liquidation, or several at one time.
pub struct Marker {
    pub time: UnixTime,
    pub value: f64,
    /// Shown when the pointer rests on the marker.
    pub tooltip: String,
}

/// What to draw. Values outside of `range` are drawn at its edge.
pub struct Panel<'a> {
    /// What the chart shows, for readers who can't see it.
    pub description: &'a str,
    pub period: (UnixTime, UnixTime),
    pub range: (f64, f64),
    pub ticks: Vec<(f64, String)>,
    /// A line that must not be crossed downwards; what lies below is shaded.
    pub threshold: Option<f64>,
    pub line: Vec<Point>,
    pub markers: Vec<Marker>,
}

impl Panel<'_> {
    pub fn svg(&self) -> String {
        let mut svg = format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">\n",
            Escaped(self.description)
        );
        svg.push_str(&self.grid());
        if let Some(threshold) = self.threshold {
            let y = self.y(threshold);
            let (width, height) = (RIGHT - LEFT, BOTTOM - y);
            svg.push_str(&format!(
                "<rect class=\"below\" x=\"{LEFT}\" y=\"{y:.1}\" width=\"{width}\" height=\"{height:.1}\"/>\n\
                 <line class=\"threshold\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\n"
            ));
        }
        svg.push_str(&format!("<path class=\"line\" d=\"{}\"/>\n", self.path()));
        for marker in &self.markers {
            let (x, y) = (self.x(marker.time), self.y(marker.value));
            svg.push_str(&format!(
                "<path class=\"marker\" d=\"M{x:.1} {y:.1}l-5.5 -10h11z\"><title>{}</title></path>\n",
                Escaped(&marker.tooltip)
            ));
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn grid(&self) -> String {
        let mut grid = String::new();
        for (value, label) in &self.ticks {
            let y = self.y(*value);
            grid.push_str(&format!(
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text class=\"value\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
                LEFT - 6.0,
                y + 3.5,
                Escaped(label)
            ));
        }
        for (time, label) in axis::time_ticks(self.period.0, self.period.1, 4) {
            let x = self.x(time);
            grid.push_str(&format!(
                "<line class=\"tick\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{BOTTOM}\" y2=\"{:.1}\"/>\
                 <text class=\"time\" x=\"{x:.1}\" y=\"{:.1}\">{label}</text>\n",
                BOTTOM + 4.0,
                BOTTOM + 17.0
            ));
        }
        grid
    }

    fn path(&self) -> String {
        let mut path = String::new();
        let mut pen_is_down = false;
        for (time, value) in thinned(&self.line) {
            let Some(value) = value else {
                pen_is_down = false;
                continue;
            };
            let command = if pen_is_down { 'L' } else { 'M' };
            path.push_str(&format!("{command}{:.1} {:.1}", self.x(time), self.y(value)));
            pen_is_down = true;
        }
        path
    }

    fn x(&self, time: UnixTime) -> f64 {
        let (start, end) = self.period;
        let part = (time - start) as f64 / (end - start).max(1) as f64;
        LEFT + part.clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    fn y(&self, value: f64) -> f64 {
        let (low, high) = self.range;
        let part = (value.clamp(low, high) - low) / (high - low).max(f64::MIN_POSITIVE);
        BOTTOM - part * (BOTTOM - TOP)
    }
}

/// The line itself when it is short; otherwise the first, lowest, highest and last point of each stretch, in order, and every gap.
fn thinned(line: &[Point]) -> Vec<Point> {
    if line.len() <= 4 * STRETCHES_MAX {
        return line.to_vec();
    }
    let length = line.len().div_ceil(STRETCHES_MAX);
    let mut kept = Vec::new();
    for stretch in line.chunks(length) {
        let by_value = |a: &&usize, b: &&usize| {
            let value = |index: usize| stretch[index].1.unwrap_or(f64::NAN);
            value(**a).total_cmp(&value(**b))
        };
        let drawn: Vec<usize> = (0..stretch.len()).filter(|index| stretch[*index].1.is_some()).collect();
        let gaps = (0..stretch.len()).filter(|index| stretch[*index].1.is_none());
        let extremes =
            [drawn.iter().min_by(by_value), drawn.iter().max_by(by_value), drawn.first(), drawn.last()];
        let mut indices: Vec<usize> = extremes.into_iter().flatten().copied().chain(gaps).collect();
        indices.sort_unstable();
        indices.dedup();
        kept.extend(indices.into_iter().map(|index| stretch[index]));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(line: Vec<Point>) -> Panel<'static> {
        Panel {
            description: "test",
            period: (0, 100),
            range: (0.0, 5.0),
            ticks: vec![(0.0, "0".to_string())],
            threshold: Some(1.0),
            line,
            markers: vec![Marker { time: 50, value: 1.0, tooltip: "a < b".to_string() }],
        }
    }

    #[test]
    fn values_past_the_range_are_drawn_at_its_edge() {
        let path = panel(vec![(0, Some(9.0)), (100, Some(-9.0))]).path();
        assert_eq!(path, format!("M{LEFT:.1} {TOP:.1}L{RIGHT:.1} {BOTTOM:.1}"));
    }

    #[test]
    fn a_gap_lifts_the_pen() {
        let path =
            panel(vec![(0, Some(1.0)), (10, Some(1.0)), (20, None), (30, Some(1.0)), (40, Some(1.0))]).path();
        assert_eq!(path.matches('M').count(), 2);
        assert_eq!(path.matches('L').count(), 2);
    }

    #[test]
    fn markers_carry_their_tooltip_as_text() {
        assert!(panel(Vec::new()).svg().contains("<title>a &lt; b</title>"));
    }

    #[test]
    fn thinning_keeps_the_extremes_the_ends_and_the_gaps() {
        let mut line: Vec<Point> = (0..50_000).map(|time| (time, Some((time % 97) as f64))).collect();
        line[31_415].1 = Some(-1_000.0);
        line[27_182].1 = Some(1_000.0);
        line[16_180].1 = None;
        let kept = thinned(&line);
        assert!(kept.len() <= 4 * STRETCHES_MAX + 1);
        assert!(kept.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for index in [0, 31_415, 27_182, 16_180, 49_999] {
            assert!(kept.contains(&line[index]), "{index}");
        }
    }

    #[test]
    fn a_short_line_is_kept_whole() {
        let line: Vec<Point> = (0..164).map(|time| (time, Some(1.0))).collect();
        assert_eq!(thinned(&line), line);
    }
}
