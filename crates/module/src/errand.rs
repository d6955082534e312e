//! Who asks for what isn't a transaction: the module says it, and its devices stay as they are.

use asker::{Checker, Errand, Proof, StaffErrand};
use indicia::UnixTime;

use crate::module::Module;
use crate::order::Order;
use crate::protocol::{Asker, Failure};
use crate::record::Device;
use crate::refusal::Refusal;
use crate::signing_in::AskedBy;
use crate::staff::Member;

impl Device {
    /// The user whose proof this is. Its nonce must not have been used up by a transaction, and isn't used up here. So many
    /// units would a draw debit, as whoever asks says; the draw itself looks again.
    ///
    /// # Errors
    /// [`Refusal`] as a transaction with such a proof would have.
    pub fn who_asks(
        &self,
        errand: &Errand,
        idempotency_key: &str,
        proof: &Proof,
        value: u64,
        at: UnixTime,
    ) -> Result<Asker, Refusal> {
        let params = &proof.params;
        let not_proven = |reason: &dyn std::fmt::Display| Refusal::NotProven(reason.to_string());
        let known = self.askers.iter().find(|asker| asker.credential.key_id() == params.key());
        let asker =
            known.ok_or_else(|| not_proven(&format!("{} isn't a key of this account", params.key())))?;
        if !self.users.iter().any(|user| user.name == asker.user) {
            return Err(Refusal::NotAuthorised { user: asker.user.clone() });
        }
        let statement = errand.statement(&self.account, idempotency_key);
        let checked = Checker::new(&asker.credential).check(&statement, proof);
        let by_session = asker.is_session();
        if by_session {
            // Only a transaction uses up a challenge, or ends a session.
            let by = AskedBy { statement: &statement, proof, is_session: true };
            self.check_session(by, checked.is_ok(), at.0)?;
            self.would_agree(&asker.user, by, value)?;
        } else if asker.is_invitation() {
            return Err(not_proven(&"this key is an invitation, which only sets a password"));
        } else {
            checked.map_err(|error| not_proven(&error))?;
            asker.nonces.clone().take(params.nonce()).map_err(|error| not_proven(&error))?;
        }
        params.check_time(at.0).map_err(|error| not_proven(&error))?;
        Ok(Asker { user: asker.user.clone(), by_session })
    }
}

impl Module {
    /// The user of a record's device who asks for an errand.
    ///
    /// # Errors
    /// [`Failure::Call`] for a record that doesn't open; inside, why nobody asks.
    pub fn who_asks(
        &self,
        record: &[u8],
        errand: &Errand,
        idempotency_key: &str,
        proof: &Proof,
        value: u64,
        at: UnixTime,
    ) -> Result<Result<Asker, Refusal>, Failure> {
        Ok(self.device(record)?.who_asks(errand, idempotency_key, proof, value, at))
    }

    /// Whether an order is signed by who may give it; whether it can be carried out is another question.
    ///
    /// # Errors
    /// [`Refusal::Order`].
    pub fn check_order(&self, order: &[u8]) -> Result<(), Refusal> {
        let opened = Order::open(order, &self.staff().1);
        opened.map(drop).map_err(|error| Refusal::Order(error.to_string()))
    }

    /// The member of the staff who asks to read.
    ///
    /// # Errors
    /// [`Refusal::NotProven`].
    pub fn who_of_staff(
        &self,
        errand: &StaffErrand,
        idempotency_key: &str,
        proof: &Proof,
        at: UnixTime,
    ) -> Result<Member, Refusal> {
        let params = &proof.params;
        let not_proven = |reason: &dyn std::fmt::Display| Refusal::NotProven(reason.to_string());
        let (_, staff) = self.staff();
        let member = staff.members().find(|member| member.key_id() == params.key());
        let member =
            member.ok_or_else(|| not_proven(&format!("{} isn't a key of the staff", params.key())))?;
        let statement = errand.statement(idempotency_key);
        Checker::new(&member.credential()).check(&statement, proof).map_err(|error| not_proven(&error))?;
        params.check_time(at.0).map_err(|error| not_proven(&error))?;
        Ok(member.clone())
    }
}
