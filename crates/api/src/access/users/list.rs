//! Lists people.

use axum::extract::State;
use store::UserFilter;

use super::wire;
use crate::{
    caller::{Caller, UsersRead},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::Query,
    state::ApiState,
};

pub(crate) async fn list(_: Caller<UsersRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 1000)?;
    let text = |key| query.text(key).map(str::to_owned);
    let filter = UserFilter { email: text("email"), name: text("name"), search: text("search"), seat: None };
    let listed = state.read(move |reader| Ok(reader.list_users(&filter, paging.page())?)).await?;
    let (readings, now) = ((state.readings)(), state.now());
    Ok(Answer::page(paging.taken(listed, |user| wire::show(&user, &readings, now))))
}
