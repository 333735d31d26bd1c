//! Every error of the program. Codes start at 6000, are append-only, have one
//! cause each, and the message says what to do.

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident = $message:literal,)*) => {
        #[cfg(feature = "program")]
        #[anchor_lang::error_code]
        #[derive(Debug, PartialEq, Eq)]
        pub enum PlimsollError { $(#[msg($message)] $name,)* }

        #[cfg(not(feature = "program"))]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum PlimsollError { $($name,)* }

        impl PlimsollError {
            /// All errors, in the order of their codes.
            pub const ALL: &'static [PlimsollError] = &[$(PlimsollError::$name,)*];

            /// What went wrong and what to do.
            pub fn message(self) -> &'static str {
                match self { $(PlimsollError::$name => $message,)* }
            }
        }
    };
}

errors! {
    Overflow = "A result does not fit its unit: use smaller amounts",
    ForeignAccount = "This account belongs to another clearinghouse or bank: pass the accounts of one deployment",
    NotGovernance = "Only the governance of this clearinghouse may do this: sign with its key",
    NotNominee = "Only the nominee of this role may accept it: sign with the key that was nominated",
    NotOwner = "Only the owner of the margin account may do this: sign with the owner's key",
    NotOwnerOrDelegate = "Only the owner or the delegate of the margin account may trade: sign with one of their keys",
    ZeroAmount = "The amount is zero: pass a positive amount",
    ParameterOutOfBounds = "A risk parameter is outside the program's hard bounds: see docs/parameters.md",
    BoardFull = "The risk board has no free row: no further asset can be listed",
    AssetNotOnBoard = "No asset with this index is on the risk board: list it first",
    AlreadyListed = "This asset is already listed in this role",
    DecimalsMismatch = "The mint's decimals differ from the asset's on the risk board: list the asset with the mint's decimals",
    SettlementDecimals = "The settlement token must have 6 decimals: its native unit is the micro-USD that accounts count in",
    OracleCountMismatch = "Pass for each row to refresh, in the same order, its oracle account, its market and its bank, as far as it has them",
    PriceExpired = "A price this account depends on is too old to be used: refresh it",
    PriceAgeing = "A price this account depends on is too old to increase risk: refresh it in the same transaction",
    PriceUncertain = "The oracle is too uncertain about a price to increase risk: wait, or only reduce",
    PriceDiverged = "A price has moved away from its slow price: wait until they meet again, or only reduce",
    TokenSlotsFull = "The account already holds 16 tokens: withdraw one of them entirely first",
    PositionSlotsFull = "The account already has 16 positions: close one of them first",
    InsufficientBalance = "The account holds less than this: withdraw at most its balance",
    InsufficientVault = "The vault does not hold enough of this token now: withdraw less or wait",
    DepositCap = "The bank's deposit cap would be passed: deposit less",
    AccountNotEmpty = "The account still holds tokens or positions: withdraw and close them first",
    SameAccount = "Source and destination are the same account: pass two different sub-accounts",
    NotSameOwner = "Both accounts must belong to the same owner: tokens move between own sub-accounts only",
    PositionTooSmall = "The position would be smaller than the market's minimum: trade more, or close it entirely",
    LimitPrice = "The price is worse than the limit: raise (buy) or lower (sell) the limit, or wait",
    OpenInterestCap = "The market's open interest cap would be passed: trade less",
    MarketCapital = "The market's capital would not cover this: trade less, or have capital rebalanced to the market",
    BelowMaintenance = "The account is below its maintenance margin: deposit or reduce positions first",
    InitialMargin = "The account would be below its initial margin: use less, or deposit more",
    MaintenanceMargin = "The account would be below its maintenance margin: deposit more",
    NoImprovement = "The account is below its maintenance margin and this would not improve it: reduce more, or deposit",
    MarketsMissing = "Pass every market of the pool, in the order of their asset indices",
    PoolUnderWater = "The pool's traders are owed more than its capital: no shares can be priced now",
    SharesBelowMinimum = "The shares issued would be fewer than the minimum asked for: lower it, or retry",
    AmountBelowMinimum = "The amount paid out would be less than the minimum asked for: lower it, or retry",
    InsufficientUnallocated = "The pool has less free capital than this: rebalance its markets first, or redeem less",
    AlreadyInitialised = "This account has already been set up",
    SettlementHasNoMarket = "The settlement token is the unit of account: it can't have a market",
    PriceOffParity = "A wrapped or staked asset has parted from what it stands for: wait until they meet again, or only reduce",
    BorrowCap = "The bank's borrow cap would be passed: borrow less",
    UtilisationCap = "Too much of the bank's deposits would be lent out: borrow less, or wait for deposits or repayments",
    DebtTooSmall = "The debt would be smaller than the bank's minimum: borrow more, or nothing",
    IsolatedAccount = "This account is isolated to another market: use the sub-account of this market, or one that is not isolated",
    NotFirstInLine = "Another position of the account comes first: liquidate the one with the largest maintenance requirement",
    NotBelowMaintenance = "The account is not below its maintenance margin: there is nothing to do",
    AuctionTooEarly = "The account has not been under water for long enough to be auctioned: liquidate it, or wait",
    NoAuction = "The account is not up for auction: start one first",
    NothingToAuction = "The account owes more than it has: liquidate its positions and debts, then resolve the bankruptcy",
    OppositeHoldings = "The winner holds the opposite of something the account holds: close it first, or win with another sub-account",
    SameBank = "Debt and collateral must be two different tokens: pass two banks",
    NothingToSettle = "The market's capital covers its traders' profits, or the position (or the cash) is not negative: there is nothing to settle",
    LiquidateInstead = "The account is below its maintenance margin: liquidate it instead",
    RebalanceFirst = "The pool has free capital for this market: rebalance it first",
    NotBankrupt = "The account still has something to pay with, or owes nothing here: liquidate its positions and debts first",
    LossNotCovered = "Insurance and deposits do not cover this loss now: wait until there are more",
    MarketInsolvent = "A market owes its traders more than its capital: deleverage it first",
    ReceivershipNotFirst = "A receivership must begin the transaction: before it, only price refreshes and compute limits",
    ReceivershipNotLast = "The transaction must end with the end of this receivership: add end_receivership for the bank of the debt",
    ReceivershipForbids = "Inside a receivership the only instruction of this program is a price refresh: remove the others",
    ReceivershipNested = "A receivership can't be called by another program: send it as an instruction of the transaction",
    ReceivershipMissing = "No receivership is open on this bank: start one in the same transaction",
    NotSteward = "Only the risk steward of this clearinghouse may do this: sign with its key",
    NotGuardian = "Only the guardian of this clearinghouse may do this: sign with its key",
    NotFeeCollector = "Only the fee collector of this clearinghouse may do this: sign with its key",
    NotGovernanceOrGuardian = "Only governance or the guardian may cancel this change before it expires: sign with one of their keys",
    UnknownRole = "There is no such role: 0 is governance, 1 the steward, 2 the guardian, 3 the fee collector",
    UnknownParameter = "There is no parameter with this id: see docs/parameters.md",
    DurableNonce = "A role's signature does not count in a transaction with a durable nonce: sign one with a recent blockhash",
    NotLaunched = "The clearinghouse has not been launched yet: it takes no money until governance launches it",
    AlreadyLaunched = "The clearinghouse has been launched already",
    ChangeStale = "What this change expects to replace is not there any more, or it was proposed before the launch: propose it anew",
    ChangeWaits = "The wait of this change is not over: execute it later",
    ChangeExpired = "This change was not executed, or this role not accepted, in time: propose it anew",
    ExpiryOutOfRange = "The expiry must lie after the end of the wait, by two weeks at most: choose another one",
    WrongChange = "This instruction does not execute this kind of change: use the one that does",
    TooManyFields = "A change names one to twelve parameters: split it",
    MixedConcerns = "The parameters of a change must belong to one concern, each once, in the order of their ids",
    TargetMissing = "Pass the market, bank or pool that the change concerns",
    NotTightening = "The steward may only tighten, and this parameter would be loosened or concerns somebody's freedom: propose a change",
    StepTooLarge = "This moves too far at once: at most a quarter by the steward, at most double or half for an outflow limit",
    RampRunning = "The last ramp is still running: wait until it ends",
    WarmingUp = "This collateral or market is still warming up: wait until it has",
    NotWarmingUp = "This collateral or market is not waiting to warm up: there is nothing to do",
    HistoryTooShort = "The price of this asset has no history of a week without a gap yet: refresh it daily, and wait",
    Paused = "The guardian has paused this for a while: repaying, topping up, reducing and liquidating go on",
    PauseTooSoon = "The guardian may pause again two days after the last pause has ended; nobody else may extend or lift it",
    PauseLimit = "The guardian has paused as often as a week allows: wait",
    ReduceOnly = "Positions of this market may only be reduced",
    OutflowLimit = "More has left lately than the outflow limit allows: the log says how much may leave now, and when the rest may",
    SettlementMissing = "List the settlement token and create the pool before the launch",
    UnknownLayout = "This is not an account of layout 0 that this instruction migrates: pass one",
    AlreadyMigrated = "This account has the present layout already: there is nothing to migrate",
    GovernanceMoved = "A migration does not hand governance over: name the key that holds it, and propose another one afterwards",
    TermsChanged = "A migration changes no term: pass liquidation target, margin call and auction times as they are on the board",
}

/// The code of the first error.
pub const ERROR_CODE_FIRST: u32 = 6000;

/// Refuses with `error` what does not hold.
#[inline(always)]
pub(crate) fn require(holds: bool, error: PlimsollError) -> Result<(), PlimsollError> {
    if holds {
        Ok(())
    } else {
        Err(error)
    }
}

impl From<plimsoll_risk::Overflow> for PlimsollError {
    fn from(_: plimsoll_risk::Overflow) -> Self {
        Self::Overflow
    }
}

impl From<plimsoll_risk::policy::PriceProblem> for PlimsollError {
    fn from(problem: plimsoll_risk::policy::PriceProblem) -> Self {
        use plimsoll_risk::policy::PriceProblem::*;
        match problem {
            Expired => Self::PriceExpired,
            Ageing => Self::PriceAgeing,
            Uncertain => Self::PriceUncertain,
            Diverged => Self::PriceDiverged,
            OffParity => Self::PriceOffParity,
        }
    }
}

impl From<plimsoll_risk::rule::Violation> for PlimsollError {
    fn from(violation: plimsoll_risk::rule::Violation) -> Self {
        use plimsoll_risk::rule::Violation::*;
        match violation {
            BelowMaintenance => Self::BelowMaintenance,
            InitialMargin => Self::InitialMargin,
            MaintenanceMargin => Self::MaintenanceMargin,
            NoImprovement => Self::NoImprovement,
        }
    }
}
