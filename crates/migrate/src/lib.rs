pub mod calendar;
pub mod listings;
pub mod section;
