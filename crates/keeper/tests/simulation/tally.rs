//! What happened in a run.

macro_rules! tally {
    ($($(#[doc = $doc:literal])? $name:ident,)*) => {
        /// What happened in a run, or in many together.
        #[derive(Clone, Debug, Default)]
        pub struct Tally {
            $($(#[doc = $doc])? pub $name: u64,)*
            /// Rounds until everybody was out of the water, the most in a run.
            pub rounds_max: u64,
        }

        impl Tally {
            pub fn add(&mut self, other: &Self) {
                $(self.$name += other.$name;)*
                self.rounds_max = self.rounds_max.max(other.rounds_max);
            }
        }
    };
}

tally! {
    /// Transactions signed, and what became of them.
    sent,
    landed,
    failed,
    lost,
    refused,
    /// Positions and debts closed; transactions that found nothing to close any more.
    liquidated,
    debts,
    idle,
    called,
    resolved,
    auctions,
    won,
    deleveraged,
    settled,
    swept,
    /// Liquidations by the rival.
    rivalled,
    crashes,
    rounds,
    /// Bounties earned, micro-USD.
    bounties,
}

impl Tally {
    /// A run in which something never happened tests nothing of it.
    pub fn covers_everything(&self) {
        let seen = [
            self.liquidated,
            self.debts,
            self.idle,
            self.called,
            self.resolved,
            self.lost,
            self.refused,
            self.failed,
            self.rivalled,
            self.crashes,
        ];
        assert!(seen.iter().all(|count| *count > 0), "not everything has happened: {self:#?}");
    }
}
