//! Signing keys: the public half as an object, the private half sealed.

use std::{collections::BTreeMap, sync::Arc};

use model::{KeyId, Secret, key::SigningKey};

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
    /// Removes a key, both halves. `NotFound` when there is none.
    pub fn remove_key(&mut self, id: &KeyId) -> Result<(), StoreError> {
        self.remove_object(Kind::Key, id.as_str(), Delta::Key(id.clone(), None))?;
        self.run(&sql::UNSEAL, &[Sealed::KeyPrivate.name().into(), id.as_str().into()])?;
        Ok(())
    }
}
