use super::{
    AcknowledgementReceipt, Destination, PullError, PullSettings,
    folder::Folder,
    page::{Page, Position},
    table::Table,
};
use crate::value::MunicipalityCode;

/// The places of one municipality's records. What one lacks that another has is fetched again for it.
pub struct Copies {
    first: Box<dyn Destination>,
    others: Vec<Box<dyn Destination>>,
}

impl Copies {
    /// Opens what the settings name.
    ///
    /// # Errors
    /// When they name none, or one can't be opened.
    pub fn open(settings: &PullSettings) -> Result<Self, PullError> {
        let mut all: Vec<Box<dyn Destination>> = Vec::new();
        if let Some(path) = &settings.folder {
            all.push(Box::new(Folder::open(path, &settings.municipality)?));
        }
        if let Some(path) = &settings.table {
            all.push(Box::new(Table::open(path, &settings.municipality)?));
        }
        let first = all.pop().ok_or(PullError::NoDestination)?;
        Ok(Self { first, others: all })
    }

    fn all(&self) -> impl Iterator<Item = &dyn Destination> {
        std::iter::once(&*self.first).chain(self.others.iter().map(|other| &**other))
    }

    /// How far all of them go.
    pub fn stored(&self) -> &Position {
        let others = self.others.iter().map(|other| other.stored());
        others.fold(self.first.stored(), |lowest, other| {
            if other.sequence < lowest.sequence {
                other
            } else {
                lowest
            }
        })
    }

    /// The last entry that the service knows is in each of them.
    pub fn acknowledged_up_to(&self) -> i64 {
        let others = self.others.iter().map(|other| other.acknowledged_up_to());
        others.fold(self.first.acknowledged_up_to(), i64::min)
    }

    /// Gives each what it lacks of a page, once the page is known to follow what each has.
    ///
    /// # Errors
    /// When the page does not follow, or can't be written.
    pub fn store(&mut self, page: &Page, municipality: &MunicipalityCode) -> Result<(), PullError> {
        page.follow(self.stored(), municipality)?;
        for copy in self.all() {
            if let Some(next) = page.after(copy.stored().sequence).first() {
                next.follow(copy.stored(), municipality)?;
            }
        }
        for copy in std::iter::once(&mut self.first).chain(&mut self.others) {
            let lacking = page.after(copy.stored().sequence);
            copy.store(lacking)?;
        }
        Ok(())
    }

    /// Keeps the receipt where it was lacking.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn acknowledged(&mut self, receipt: &AcknowledgementReceipt) -> Result<(), PullError> {
        for copy in std::iter::once(&mut self.first).chain(&mut self.others) {
            if copy.acknowledged_up_to() < receipt.up_to_sequence {
                copy.acknowledged(receipt)?;
            }
        }
        Ok(())
    }
}
