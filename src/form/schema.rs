use super::Form;
impl Form {
    pub fn json_schema(&self) -> serde_json::Value {
        serde_json::json!({})
    }
}
