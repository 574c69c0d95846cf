//! Signing keys: the public half as an object, the private half sealed.

use std::{collections::BTreeMap, sync::Arc};

use model::{
    KeyId, Secret,
    key::{RETIRED_KEY_LIFE_SECS, SigningKey},
};

use crate::{
    LoadedKey, Reader, StoreError, Tx,
    error::WriterError,
    objects::{Kind, Sealed},
    snapshot::Delta,
    statement::objects as sql,
};

impl Reader<'_> {
    /// Every key with both halves, retired ones included.
    pub(crate) fn loaded_keys(&self) -> Result<Vec<LoadedKey>, StoreError> {
        let keys: BTreeMap<KeyId, Arc<SigningKey>> = self.objects(Kind::Key)?;
        keys.into_iter()
            .map(|(id, public)| {
                let private_pkcs8 = self
                    .sealed_text(Sealed::KeyPrivate, id.as_str())?
                    .ok_or_else(|| StoreError::corrupt(Kind::Key.name(), &id, WriterError::Unseal))?;
                Ok(LoadedKey { public: Arc::unwrap_or_clone(public), private_pkcs8 })
            })
            .collect()
    }
}

impl Tx<'_> {
    /// Puts a key; `private` is its PKCS #8 in DER, base64. Retiring a key is putting it again with `retires_at`.
    pub fn put_key(&mut self, public: &SigningKey, private: &Secret) -> Result<(), StoreError> {
        self.seal(Sealed::KeyPrivate, public.id.as_str(), private.expose().as_bytes())?;
        let loaded = LoadedKey { public: public.clone(), private_pkcs8: private.clone() };
        let delta = Delta::Key(public.id.clone(), Some(Arc::new(loaded)));
        self.put_object(Kind::Key, public.id.as_str(), None, public, delta)
    }
    /// Puts a new current key and retires the former one, which stays good for [`RETIRED_KEY_LIFE_SECS`]. Read and written in
    /// this transaction: two rotations never leave two current keys.
    pub fn rotate_key(&mut self, public: &SigningKey, private: &Secret) -> Result<(), StoreError> {
        let retires_at = Some(self.now().plus_secs(RETIRED_KEY_LIFE_SECS));
        for former in self.loaded_keys()?.into_iter().filter(|key| key.public.retires_at.is_none()) {
            self.put_key(&SigningKey { retires_at, ..former.public }, &former.private_pkcs8)?;
        }
        self.put_key(public, private)
    }
    /// Removes a key, both halves. `NotFound` when there is none.
    pub fn remove_key(&mut self, id: &KeyId) -> Result<(), StoreError> {
        self.remove_object(Kind::Key, id.as_str(), Delta::Key(id.clone(), None))?;
        self.run(&sql::UNSEAL, &[Sealed::KeyPrivate.name().into(), id.as_str().into()])?;
        Ok(())
    }
}
