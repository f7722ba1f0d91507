namespace Pellucid.Models.Families;

/// <summary>
/// Fields that transformers writes into every <c>config.json</c>, whatever the model, and that change nothing of what an
/// engine computes from tokens to logits. Families add their own.
/// </summary>
internal static class TransformersFields
{
    public static void Take(ConfigFields fields, bool mayStoreBlocks = false)
    {
        // Where a file comes from, and what wrote it.
        fields.Harmless("_name_or_path", "_commit_hash", "architectures", "transformers_version", "auto_map",
            "license", "language", "tags", "unsloth_version", "unsloth_fixed");
        // How weights are stored: the file of weights says so itself.
        fields.Harmless("torch_dtype", "dtype");
        // How transformers computes and what it hands back, with the same numbers.
        fields.Harmless("use_cache", "output_attentions", "output_hidden_states", "return_dict", "use_return_dict", "torchscript",
            "attn_implementation", "_attn_implementation", "_attn_implementation_autoset", "use_bfloat16",
            "gradient_checkpointing", "use_reentrant_checkpointing", "onnx_export");
        // Begin, ends and others are read by whoever tokenises.
        fields.Harmless("bos_token_id", "eos_token_id", "pad_token_id", "unk_token_id", "sep_token_id", "cls_token_id", "mask_token_id",
            "decoder_start_token_id", "bos_token", "eos_token", "pad_token", "unk_token", "tokenizer_class", "prefix");
        // Of training: how weights were drawn.
        fields.Harmless("initializer_range", "initializer_factor", "seed");
        // How text is drawn where no other wish is made: not the model's matter.
        fields.Harmless("task_specific_params", "do_sample", "early_stopping", "num_beams", "num_beam_groups", "diversity_penalty",
            "temperature", "top_k", "top_p",
            "typical_p", "repetition_penalty", "length_penalty", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size",
            "bad_words_ids", "suppress_tokens",
            "begin_suppress_tokens", "num_return_sequences", "max_length", "min_length", "max_new_tokens",
            "forced_bos_token_id", "forced_eos_token_id",
            "remove_invalid_values", "exponential_decay_length_penalty", "output_scores", "return_dict_in_generate");
        // Heads for classification, which a language model has not.
        fields.Harmless("finetuning_task", "problem_type", "id2label", "label2id", "num_labels", "_num_labels", "classifier_dropout");
        // Another model than the one that is computed, if they say anything.
        fields.MustBeOff("is_encoder_decoder", "add_cross_attention", "tie_encoder_decoder", "cross_attention_hidden_size",
            "chunk_size_feed_forward", "pruned_heads", "tf_legacy_loss");
        // How weights are stored, which few families understand.
        if (!mayStoreBlocks)
            fields.MustBeOffSince("; plain weights, gpt-oss's mxfp4, and GGUF files can be", "quantization_config");
        // A decoder is what is computed, whatever is said of it.
        fields.Harmless("is_decoder");
    }
}
