//! `/accounts/{account_id}/access/seats`: freeing seats.

use axum::extract::State;
use model::{SeatId, user::User};
use serde_json::{Value, json};
use store::Tx;

use super::users;
use crate::{
    asked,
    body::Json,
    caller::{Caller, UsersWrite},
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields},
    pagination::Paging,
    params::Query,
    state::{ApiState, Stop},
};

/// Most seats in one request.
const MOST: usize = 1000;

/// Frees the seats that the list says; one unknown seat refuses the whole list.
pub(crate) async fn edit(
    caller: Caller<UsersWrite>,
    State(state): State<ApiState>,
    query: Query,
    Json(body): Json,
) -> Result<Answer, ApiError> {
    let (paging, wishes, actor) = (Paging::read(&query, 1000)?, read(&body)?, caller.actor());
    let changed = state.write(move |tx, _| {
        let mut seats = Vec::new();
        for (i, wish) in wishes.iter().enumerate() {
            let before = tx
                .user_by_seat(&wish.seat)?
                .ok_or_else(|| ApiError::fault(format!("/{i}/seat_uid"), format!("there is no seat {}", wish.seat)))?;
            seats.push(settle(tx, &actor, wish, before, i)?);
        }
        Ok(seats)
    });
    Ok(Answer::page(paging.cut(changed.await?.iter().map(write))))
}

struct Wish {
    seat: SeatId,
    access_seat: bool,
}

fn read(body: &Value) -> Result<Vec<Wish>, ApiError> {
    asked::note(String::new, || json!({ "type": "array", "maxItems": MOST }));
    let faults = Faults::default();
    let items = body.as_array().ok_or_else(|| ApiError::fault("", "must be an array of seats"))?;
    if items.len() > MOST {
        return Err(ApiError::fault("", format!("has more than {MOST} seats")));
    }
    let wishes = items.iter().enumerate().filter_map(|(i, item)| {
        let fields = Fields::of(item, format!("/{i}"), &faults)?;
        let seat = fields.required("seat_uid");
        fields.require("access_seat");
        fields.require("gateway_seat");
        let access_seat = fields.flag("access_seat");
        if fields.flag("gateway_seat") == Some(true) {
            fields.fault("gateway_seat", "Gateway seats are not supported yet: send false");
        }
        fields.read_only(&["created_at", "updated_at"]);
        fields.done();
        Some(Wish { seat: seat?, access_seat: access_seat? })
    });
    let wishes = wishes.collect();
    faults.finish(wishes)
}

fn settle(tx: &mut Tx<'_>, actor: &str, wish: &Wish, before: User, index: usize) -> Result<User, Stop> {
    if wish.access_seat == before.access_seat {
        return Ok(before);
    }
    if wish.access_seat {
        let text = "a seat is taken by signing in; it can only be freed here";
        return Err(ApiError::fault(format!("/{index}/access_seat"), text).into());
    }
    let after = User { access_seat: false, updated_at: tx.now(), ..before };
    tx.put_user(&after)?;
    users::NOUN.acted(tx, actor.to_owned(), "free_seat", after.id, write(&after))?;
    Ok(after)
}

fn write(user: &User) -> Value {
    json!({
        "seat_uid": user.seat_id.to_string(),
        "access_seat": user.access_seat,
        "gateway_seat": false,
        "created_at": user.created_at.rfc3339(),
        "updated_at": user.updated_at.rfc3339(),
    })
}
