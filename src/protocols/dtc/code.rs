//! The codes of the protocol's enumerations. They are open: a newer server may send others, which
//! are kept as they came.

use crate::protocols::dtc::field::Field;
use crate::protocols::dtc::field::Shape;
use serde_json::Value;
use std::fmt;

macro_rules! codes {
    ($($(#[$meta:meta])* $name:ident($type:ident) { $($(#[$cmeta:meta])* $code:ident = $value:literal),+ $(,)? })+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
            pub struct $name(pub $type);

            impl $name {
                $($(#[$cmeta])* pub const $code: Self = Self($value);)+
            }

            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    match self.0 {
                        $($value => f.write_str(stringify!($code)),)+
                        other => write!(f, "{}({other})", stringify!($name)),
                    }
                }
            }

            impl Field for $name {
                const WIDTH: usize = $type::WIDTH;
                const SHAPE: Shape = $type::SHAPE;

                #[inline]
                fn read(message: &[u8], at: usize) -> Option<Self> {
                    $type::read(message, at).map(Self)
                }

                #[inline]
                fn write(&self, field: &mut [u8]) {
                    self.0.write(field);
                }

                fn from_json(value: &Value) -> Option<Self> {
                    $type::from_json(value).map(Self)
                }

                fn to_json(&self) -> Option<Value> {
                    self.0.to_json()
                }
            }
        )+
    };
}

codes! {
    /// How messages are written.
    EncodingCode(i32) {
        /// Fixed structures.
        BINARY = 0,
        /// Structures whose texts stand behind them.
        BINARY_VLS = 1,
        /// JSON objects.
        JSON = 2,
        /// JSON objects, the frequent ones as arrays.
        JSON_COMPACT = 3,
        /// Protocol buffers.
        PROTOBUF = 4,
    }
    /// The answer to a logon.
    LogonStatus(i32) {
        /// Logged on.
        SUCCESS = 1,
        /// Refused.
        ERROR = 2,
        /// Refused, and trying again is of no use.
        ERROR_NO_RECONNECT = 3,
        /// To be tried again at another address.
        RECONNECT = 4,
    }
    /// What is asked of a subscription.
    RequestAction(i32) {
        /// A snapshot, then every change.
        SUBSCRIBE = 1,
        /// No more.
        UNSUBSCRIBE = 2,
        /// A snapshot.
        SNAPSHOT = 3,
        /// A snapshot now and again.
        SNAPSHOT_INTERVAL = 4,
    }
    /// Whether market data flow.
    FeedStatus(i32) {
        /// They do not.
        UNAVAILABLE = 1,
        /// They do.
        AVAILABLE = 2,
    }
    /// State of a market.
    TradingStatus(i8) {
        /// Before the open.
        PRE_OPEN = 1,
        /// Open.
        OPEN = 2,
        /// Closed.
        CLOSE = 3,
        /// Halted.
        HALT = 4,
    }
    /// The side at which a trade printed, or a side of the book.
    AtBidOrAsk(u16) {
        /// Not known.
        UNSET = 0,
        /// At the bid: a seller's trade; or a bid.
        BID = 1,
        /// At the ask: a buyer's trade; or an ask.
        ASK = 2,
    }
    /// [`AtBidOrAsk`] in one byte.
    AtBidOrAsk8(u8) {
        /// Not known.
        UNSET = 0,
        /// At the bid: a seller's trade; or a bid.
        BID = 1,
        /// At the ask: a buyer's trade; or an ask.
        ASK = 2,
    }
    /// Place of a trade in a bundle: one aggressive order against several resting ones.
    Unbundled(i8) {
        /// In none, or inside one.
        NONE = 0,
        /// The first.
        FIRST = 1,
        /// The last.
        LAST = 2,
    }
    /// What becomes of a level of the book.
    DepthUpdate(u8) {
        /// It is there with this quantity.
        SET = 1,
        /// It is gone.
        DELETE = 2,
    }
    /// Place of a depth message in its batch.
    FinalInBatch(u8) {
        /// Not said.
        UNSET = 0,
        /// The last: the book is consistent after it.
        YES = 1,
        /// More follow.
        NO = 2,
        /// The first.
        BEGIN = 3,
    }
    /// Kind of an order.
    OrderKind(i32) {
        /// At the market.
        MARKET = 1,
        /// With a limit.
        LIMIT = 2,
        /// Stop to market.
        STOP = 3,
        /// Stop to limit.
        STOP_LIMIT = 4,
        /// At the market once touched.
        MARKET_IF_TOUCHED = 5,
        /// With a limit once touched.
        LIMIT_IF_TOUCHED = 6,
        /// At the market, the rest with a limit.
        MARKET_LIMIT = 7,
    }
    /// Buy or sell.
    BuySell(i32) {
        /// Buy.
        BUY = 1,
        /// Sell.
        SELL = 2,
    }
    /// How long an order stands.
    TimeInForceCode(i32) {
        /// For the session.
        DAY = 1,
        /// Until it is cancelled.
        GTC = 2,
        /// Until a time.
        GTD = 3,
        /// At once or not at all; the rest is cancelled.
        IOC = 4,
        /// All or nothing.
        AON = 5,
        /// At once and whole, or not at all.
        FOK = 6,
    }
    /// Whether an order opens or closes a position.
    OpenClose(i32) {
        /// It opens.
        OPEN = 1,
        /// It closes.
        CLOSE = 2,
    }
    /// What becomes of the other leg when one fills in part.
    PartialFill(i8) {
        /// Its quantity is reduced.
        REDUCE = 1,
        /// It is cancelled.
        CANCEL = 2,
    }
    /// State of an order.
    OrderStatus(i32) {
        /// Sent.
        SENT = 1,
        /// Not yet open.
        PENDING_OPEN = 2,
        /// Waits for its parent.
        PENDING_CHILD = 3,
        /// Working.
        OPEN = 4,
        /// About to be replaced.
        PENDING_REPLACE = 5,
        /// About to be cancelled.
        PENDING_CANCEL = 6,
        /// Filled.
        FILLED = 7,
        /// Cancelled.
        CANCELED = 8,
        /// Rejected.
        REJECTED = 9,
        /// Filled in part.
        PARTIALLY_FILLED = 10,
    }
    /// Why an order update is sent.
    OrderUpdateReason(i32) {
        /// In answer to a request for open orders.
        OPEN_ORDERS = 1,
        /// Accepted.
        ACCEPTED = 2,
        /// Something changed.
        GENERAL = 3,
        /// Filled.
        FILLED = 4,
        /// Filled in part.
        PARTIALLY_FILLED = 5,
        /// Cancelled.
        CANCELED = 6,
        /// Replaced.
        REPLACED = 7,
        /// A new order was rejected.
        NEW_REJECTED = 8,
        /// A cancellation was rejected.
        CANCEL_REJECTED = 9,
        /// A replacement was rejected.
        REPLACE_REJECTED = 10,
    }
    /// Why history was refused.
    HistoryReject(i16) {
        /// Not now: try again after the stated seconds.
        RETRY = 1,
        /// Not at all.
        DO_NOT_RETRY = 2,
        /// Outside what there is.
        OUT_OF_BOUNDS = 3,
        /// Another reason.
        GENERAL = 4,
    }
}

impl From<AtBidOrAsk8> for AtBidOrAsk {
    fn from(code: AtBidOrAsk8) -> Self {
        Self(u16::from(code.0))
    }
}
