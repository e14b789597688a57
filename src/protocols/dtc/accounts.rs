//! Accounts, balances and what a symbol is.

use crate::protocols::dtc::table::messages;
use crate::protocols::dtc::text::Text;
use crate::protocols::dtc::time::Micros;
use crate::protocols::dtc::time::Seconds32;

messages! {
    /// Asks for the accounts.
    AccountsRequest = 400, "TradeAccountsRequest", 8 {
        request_id: i32 = 4 "RequestID",
    }
    /// An account.
    AccountResponse = 401, "TradeAccountResponse", 52 {
        total_number_messages: i32 = 4 "TotalNumberMessages",
        message_number: i32 = 8 "MessageNumber",
        trade_account: Text<32> = 12 "TradeAccount",
        request_id: i32 = 44 "RequestID",
        trading_is_disabled: i32 = 48 "TradingIsDisabled",
    }
    /// Asks for a balance.
    BalanceRequest = 601, "AccountBalanceRequest", 40 {
        request_id: i32 = 4 "RequestID",
        trade_account: Text<32> = 8 "TradeAccount",
    }
    /// The balance is not told, with the reason.
    BalanceReject = 602, "AccountBalanceReject", 104 {
        request_id: i32 = 4 "RequestID",
        reject_text: Text<96> = 8 "RejectText",
    }
    /// A balance.
    BalanceUpdate = 600, "AccountBalanceUpdate", 416 {
        request_id: i32 = 4 "RequestID",
        cash_balance: f64 = 8 "CashBalance",
        balance_available_for_new_positions: f64 = 16 "BalanceAvailableForNewPositions",
        account_currency: Text<8> = 24 "AccountCurrency",
        trade_account: Text<32> = 32 "TradeAccount",
        securities_value: f64 = 64 "SecuritiesValue",
        margin_requirement: f64 = 72 "MarginRequirement",
        total_number_messages: i32 = 80 "TotalNumberMessages",
        message_number: i32 = 84 "MessageNumber",
        no_account_balances: u8 = 88 "NoAccountBalances",
        unsolicited: u8 = 89 "Unsolicited",
        open_positions_profit_loss: f64 = 96 "OpenPositionsProfitLoss",
        daily_profit_loss: f64 = 104 "DailyProfitLoss",
        info_text: Text<96> = 112 "InfoText",
        transaction_identifier: u64 = 208 "TransactionIdentifier",
        daily_net_loss_limit: f64 = 216 "DailyNetLossLimit",
        trailing_account_value_to_limit_positions: f64 = 224 "TrailingAccountValueToLimitPositions",
        daily_net_loss_limit_reached: u8 = 232 "DailyNetLossLimitReached",
        is_under_required_margin: u8 = 233 "IsUnderRequiredMargin",
        close_positions_at_end_of_day: u8 = 234 "ClosePositionsAtEndOfDay",
        trading_is_disabled: u8 = 235 "TradingIsDisabled",
        description: Text<96> = 236 "Description",
        is_under_required_account_value: u8 = 332 "IsUnderRequiredAccountValue",
        transaction_date_time: Micros = 336 "TransactionDateTime",
        margin_requirement_full: f64 = 344 "MarginRequirementFull",
        margin_requirement_full_positions_only: f64 = 352 "MarginRequirementFullPositionsOnly",
        peak_margin_requirement: f64 = 360 "PeakMarginRequirement",
        introducing_broker: Text<32> = 368 "IntroducingBroker",
        open_positions_profit_loss_based_on_settlement_price: f64 = 400 "OpenPositionsProfitLossBasedOnSettlementPrice",
        last_order_activity_date_time: Micros = 408 "LastOrderActivityDateTime",
    }
    /// Asks what a symbol is.
    SecurityDefinitionRequest = 506, "SecurityDefinitionForSymbolRequest", 88 {
        request_id: i32 = 4 "RequestID",
        symbol: Text<64> = 8 "Symbol",
        exchange: Text<16> = 72 "Exchange",
    }
    /// What a symbol is.
    SecurityDefinition = 507, "SecurityDefinitionResponse", 432 {
        request_id: i32 = 4 "RequestID",
        symbol: Text<64> = 8 "Symbol",
        exchange: Text<16> = 72 "Exchange",
        security_type: i32 = 88 "SecurityType",
        description: Text<64> = 92 "Description",
        min_price_increment: f32 = 156 "MinPriceIncrement",
        price_display_format: i32 = 160 "PriceDisplayFormat" (-1),
        currency_value_per_increment: f32 = 164 "CurrencyValuePerIncrement",
        is_final_message: u8 = 168 "IsFinalMessage",
        float_to_int_price_multiplier: f32 = 172 "FloatToIntPriceMultiplier" (1.0),
        int_to_float_price_divisor: f32 = 176 "IntToFloatPriceDivisor" (1.0),
        underlying_symbol: Text<32> = 180 "UnderlyingSymbol",
        updates_bid_ask_only: u8 = 212 "UpdatesBidAskOnly",
        strike_price: f32 = 216 "StrikePrice",
        put_or_call: u8 = 220 "PutOrCall",
        short_interest: u32 = 224 "ShortInterest",
        security_expiration_date: Seconds32 = 228 "SecurityExpirationDate",
        buy_rollover_interest: f32 = 232 "BuyRolloverInterest",
        sell_rollover_interest: f32 = 236 "SellRolloverInterest",
        earnings_per_share: f32 = 240 "EarningsPerShare",
        shares_outstanding: u32 = 244 "SharesOutstanding",
        int_to_float_quantity_divisor: f32 = 248 "IntToFloatQuantityDivisor",
        has_market_depth_data: u8 = 252 "HasMarketDepthData" (1),
        display_price_multiplier: f32 = 256 "DisplayPriceMultiplier" (1.0),
        exchange_symbol: Text<64> = 260 "ExchangeSymbol",
        initial_margin_requirement: f32 = 324 "InitialMarginRequirement",
        maintenance_margin_requirement: f32 = 328 "MaintenanceMarginRequirement",
        currency: Text<8> = 332 "Currency",
        contract_size: f32 = 340 "ContractSize",
        open_interest: u32 = 344 "OpenInterest",
        rollover_date: Seconds32 = 348 "RolloverDate",
        is_delayed: u8 = 352 "IsDelayed",
        security_identifier: i64 = 360 "SecurityIdentifier",
        product_identifier: Text<64> = 368 "ProductIdentifier",
    }
    /// The symbol is not known, with the reason.
    SecurityDefinitionReject = 509, "SecurityDefinitionReject", 104 {
        request_id: i32 = 4 "RequestID",
        reject_text: Text<96> = 8 "RejectText",
    }
}
