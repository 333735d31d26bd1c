//! A deployment as on a cluster: tokens and oracles at their addresses, the project's own steps, and money in it.

use crate::node::Node;
use crate::tokens::{self, WRAPPED_SOL};
use crate::wallets::Wallet;
use plimsoll_client::addresses::{self, associated_token_account};
use plimsoll_client::send::SystemTime;
use plimsoll_client::snapshot::Snapshot;
use plimsoll_client::tokens::create_associated_account;
use plimsoll_client::{instructions as ix, refresh};
use plimsoll_migrate::listings::{Asset, Listings};
use plimsoll_migrate::places::{AssetPlace, Places};
use plimsoll_migrate::run::{End, Problem, Session, Signers};
use plimsoll_migrate::step::{self, Step, Wanted};
use plimsoll_testkit::tokens::mint;
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use std::path::Path;

/// Where the steps and the addresses of mainnet are.
const STEPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
const PLACES: &str = include_str!("../../../migrations/mainnet-beta.toml");

/// What differs from the project's listings: after a jump on demand, liquidations hold for seconds and not for an hour, and the
/// slow price is back within half a minute.
const HOLD_SECONDS: u32 = 10;
const SLOW_RATE_PER_SECOND: u32 = 10_000;

/// What the provider puts behind the markets, micro-USD, and deposits for others to borrow, native units.
const LIQUIDITY: u64 = 5_000_000_000_000;
const DEPOSITS: [(&str, u64); 4] = [
    ("USDC", 2_000_000_000_000),
    ("BTC", 1_000_000_000),
    ("ETH", 20_000_000_000),
    ("SOL", 10_000_000_000_000),
];

/// All there is to know of a deployment.
pub struct Deployment {
    pub clearinghouse: Address,
    pub places: Places,
    pub steps: Vec<Step>,
    pub listings: Listings,
}

/// A token: the settlement token is asset 0, then come the assets as they are listed.
pub struct Token {
    pub index: u8,
    pub symbol: String,
    pub decimals: u8,
    pub mint: Address,
}

impl Deployment {
    /// The deployment of `operator`, whether it is there yet or not.
    ///
    /// # Errors
    /// What is wrong with the steps or the listings.
    pub fn of(operator: Address, node: &Node) -> Result<Self, String> {
        let mut steps = step::read_all(Path::new(STEPS))?;
        for step in &mut steps {
            if let Wanted::Create(listings) | Wanted::List { listings, .. } = &mut step.wanted {
                listings.assets.iter_mut().for_each(soften);
            }
        }
        let listings = steps.iter().find_map(|step| match &step.wanted {
            Wanted::Create(listings) => Some((**listings).clone()),
            _ => None,
        });
        let listings = listings.ok_or("there is no step of the kind create")?;
        let places = places(operator, node)?;
        Ok(Self { clearinghouse: addresses::clearinghouse(&operator), places, steps, listings })
    }

    /// Every token, by its row of the risk board.
    ///
    /// # Errors
    /// When an asset has no address.
    pub fn tokens(&self) -> Result<Vec<Token>, String> {
        let settlement = &self.listings.settlement;
        let mint = self.places.settlement_mint;
        let mut tokens =
            vec![Token { index: 0, symbol: settlement.symbol.clone(), decimals: settlement.decimals, mint }];
        for asset in &self.listings.assets {
            let (index, mint) = (tokens.len() as u8, self.places.asset(&asset.symbol)?.mint);
            tokens.push(Token { index, symbol: asset.symbol.clone(), decimals: asset.decimals, mint });
        }
        Ok(tokens)
    }

    /// The address of an asset's oracle, and its feed.
    ///
    /// # Errors
    /// When the asset has no address.
    pub fn oracle(&self, symbol: &str) -> Result<&AssetPlace, String> {
        self.places.asset(symbol)
    }
}

fn soften(asset: &mut Asset) {
    asset.price.hold_seconds = HOLD_SECONDS;
    asset.price.slow_rate_per_second = SLOW_RATE_PER_SECOND;
}

/// The addresses of mainnet, for the operator's deployment on this chain.
fn places(operator: Address, node: &Node) -> Result<Places, String> {
    let mut places = Places::parse("migrations/mainnet-beta.toml", PLACES)?;
    places.genesis_hash = node.genesis_hash()?;
    places.creator = Some(operator);
    Ok(places)
}

/// Whether the deployment is on the chain.
///
/// # Errors
/// When the chain does not answer.
pub fn is_there(deployment: &Deployment, node: &Node) -> Result<bool, String> {
    node.data(&deployment.clearinghouse).map(|data| data.is_some())
}

/// Mints, wallets, every step up to the launch, liquidity, its shares for the markets, and deposits to borrow. Oracles must have
/// published. What the steps print goes to `out`.
///
/// # Errors
/// Whatever the chain or the program refuses.
pub fn bring_up(deployment: &Deployment, wallets: &[Wallet], node: &Node) -> Result<(), String> {
    let tokens = deployment.tokens()?;
    let operator = &wallets[0];
    for token in tokens.iter().filter(|token| token.mint != WRAPPED_SOL) {
        node.set_account(&token.mint, &mint(token.decimals, &operator.address()))?;
    }
    for wallet in wallets {
        fund(wallet, operator, &tokens, node)?;
    }
    let before_money =
        |step: &&Step| matches!(step.wanted, Wanted::Create(_) | Wanted::List { .. } | Wanted::Launch);
    for step in deployment.steps.iter().filter(before_money) {
        apply(deployment, step, operator, node)?;
    }
    let provider = wallets.iter().find(|wallet| wallet.part.name == "provider").ok_or("nobody provides")?;
    let money = Money { deployment, tokens: &tokens, node };
    money.refresh(operator)?;
    money.provide(provider)?;
    for step in deployment.steps.iter().filter(|step| matches!(step.wanted, Wanted::Allocate)) {
        money.refresh(operator)?;
        apply(deployment, step, operator, node)?;
    }
    money.deposit(provider)
}

fn fund(wallet: &Wallet, operator: &Wallet, tokens: &[Token], node: &Node) -> Result<(), String> {
    node.airdrop(&wallet.address(), wallet.part.sol * crate::wallets::SOL)?;
    let mut instructions = Vec::new();
    for (symbol, amount) in wallet.part.tokens {
        let token =
            tokens.iter().find(|token| token.symbol == *symbol).ok_or("a token that is not listed")?;
        instructions.push(create_associated_account(&operator.address(), &wallet.address(), &token.mint));
        instructions.extend(tokens::give(&operator.address(), &wallet.address(), &token.mint, *amount));
    }
    if instructions.is_empty() {
        return Ok(());
    }
    node.send(instructions, &operator.key)
        .map(drop)
        .map_err(|e| format!("tokens of {}: {e}", wallet.part.name))
}

/// One step, in full.
fn apply(deployment: &Deployment, step: &Step, operator: &Wallet, node: &Node) -> Result<(), String> {
    let mut told = Vec::new();
    let signers = Signers { keypair: Some(operator.key.insecure_clone()), authority: None, apply: true };
    let mut session = Session {
        chain: &node.rpc,
        time: &SystemTime::default(),
        places: &deployment.places,
        steps: &deployment.steps,
        signers,
        out: &mut told,
    };
    match session.run(step) {
        Ok(End::Done) => Ok(()),
        Ok(End::Left) => {
            Err(format!("{}: something is left to do:\n{}", step.name, String::from_utf8_lossy(&told)))
        }
        Err(Problem::Input(problem) | Problem::Refused(problem)) => Err(format!("{}: {problem}", step.name)),
    }
}

/// Prices, liquidity and deposits.
struct Money<'a> {
    deployment: &'a Deployment,
    tokens: &'a [Token],
    node: &'a Node,
}

impl Money<'_> {
    fn house(&self) -> &Address {
        &self.deployment.clearinghouse
    }

    fn send(&self, what: &str, instructions: Vec<Instruction>, signer: &Keypair) -> Result<(), String> {
        self.node.send(instructions, signer).map(drop).map_err(|e| format!("{what}: {e}"))
    }

    fn bank(&self, token: &Token) -> Address {
        addresses::bank(self.house(), &token.mint)
    }

    /// All rows of the board at what the oracles publish.
    fn refresh(&self, payer: &Wallet) -> Result<(), String> {
        let snapshot = Snapshot::fetch(&self.node.rpc, self.house()).map_err(|e| e.to_string())?;
        let rows: Vec<u8> = self.tokens.iter().map(|token| token.index).collect();
        let refresh = refresh::instruction(&snapshot, &rows).ok_or("nothing is listed")?;
        self.send("prices", vec![refresh], &payer.key)
    }

    fn provide(&self, provider: &Wallet) -> Result<(), String> {
        let settlement = &self.tokens[0];
        let (pool, bank) = (addresses::liquidity_pool(self.house()), self.bank(settlement));
        let share_mint = addresses::share_mint(&pool);
        let wallet = provider.address();
        let create = create_associated_account(&wallet, &wallet, &share_mint);
        let markets = self.tokens[1..].iter().map(|token| addresses::market(self.house(), token.index));
        let markets: Vec<AccountMeta> =
            markets.map(|market| AccountMeta::new_readonly(market, false)).collect();
        let provide = ix::provide_liquidity::instruction(
            &ix::provide_liquidity::Accounts {
                provider: wallet,
                pool,
                risk_board: addresses::risk_board(self.house()),
                bank,
                mint: settlement.mint,
                provider_tokens: associated_token_account(&wallet, &settlement.mint),
                vault: addresses::vault(&bank),
                share_mint,
                provider_shares: associated_token_account(&wallet, &share_mint),
            },
            &ix::provide_liquidity::Args { amount: LIQUIDITY, shares_min: 0 },
            &markets,
        );
        self.send("liquidity", vec![create, provide], &provider.key)
    }

    fn deposit(&self, provider: &Wallet) -> Result<(), String> {
        let owner = provider.address();
        let account = addresses::margin_account(self.house(), &owner, 0);
        let open = ix::open_account::instruction(
            &ix::open_account::Accounts { owner, clearinghouse: *self.house(), account },
            &ix::open_account::Args { sub_account: 0, isolated_asset: 0 },
            &[],
        );
        let deposit = |(symbol, amount): (&str, u64)| {
            let token = self.tokens.iter().find(|token| token.symbol == symbol)?;
            let bank = self.bank(token);
            let accounts = ix::deposit::Accounts {
                risk_board: addresses::risk_board(self.house()),
                owner,
                account,
                bank,
                mint: token.mint,
                owner_tokens: associated_token_account(&owner, &token.mint),
                vault: addresses::vault(&bank),
            };
            Some(ix::deposit::instruction(&accounts, &ix::deposit::Args { amount }, &[]))
        };
        let instructions: Vec<Instruction> =
            std::iter::once(open).chain(DEPOSITS.into_iter().filter_map(deposit)).collect();
        self.send("deposits", instructions, &provider.key)
    }
}
