using System.Text.Json;
using Pellucid.Files;
using Pellucid.Models.Families;

namespace Pellucid.Generation;

/// <summary>The words of <c>generation_config.json</c>, which are those of transformers' <c>GenerationConfig</c>.</summary>
internal static class SamplingFields
{
    /// <summary>Reads a file; one that is not there says nothing.</summary>
    /// <exception cref="InvalidDataException">It says what is not done here, or what cannot be.</exception>
    public static SamplingDefaults Read(string path)
    {
        if (!File.Exists(path))
            return SamplingDefaults.None;
        try
        {
            return Read(ConfigFields.Parse(File.ReadAllBytes(path)));
        }
        catch (FormatException error)
        {
            throw new InvalidDataException($"{path}: {error.Message}; take it out of the file to do without", error);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: {Excerpt.Of(error)}", error);
        }
    }

    private static SamplingDefaults Read(ConfigFields fields)
    {
        TakeHarmless(fields);
        RequireOff(fields);
        var temperature = (float?)fields.Number("temperature");
        var defaults = new SamplingDefaults
        {
            Temperature = fields.Truth("do_sample") == false ? 0 : temperature,
            TopK = fields.Integer("top_k"),
            TopP = (float?)fields.Number("top_p"),
            MinP = (float?)fields.Number("min_p"),
            RepetitionPenalty = (float?)fields.Number("repetition_penalty"),
        };
        fields.RequireAllUnderstood("such a field of sampling is not known, so what it changes cannot be done");
        defaults.Options(); // refuses what makes no sense
        return defaults;
    }

    private static void TakeHarmless(ConfigFields fields)
    {
        // Where texts begin and end is read elsewhere; nothing is padded.
        fields.Harmless("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id");
        // How long a text may be is said by whoever asks.
        fields.Harmless("max_length", "max_new_tokens", "max_time", "max_window_size");
        // Of searching with several beams, which is refused below.
        fields.Harmless("early_stopping", "length_penalty", "low_memory");
        // How it is computed and handed over, not what; written by whom.
        fields.Harmless("use_cache", "cache_implementation", "cache_config", "return_legacy_cache", "prefill_chunk_size",
            "compile_config", "disable_compile", "return_dict_in_generate", "output_attentions", "output_hidden_states",
            "output_scores", "output_logits", "renormalize_logits", "transformers_version", "_from_model_config", "_commit_hash",
            "chat_format", "trust_remote_code");
        // A small model may guess ahead; the text stays the same.
        fields.Harmless("is_assistant", "num_assistant_tokens", "num_assistant_tokens_schedule", "assistant_confidence_threshold",
            "assistant_early_exit", "assistant_lookbehind", "target_lookbehind", "prompt_lookup_num_tokens", "max_matching_ngram_size",
            "speculative_decoding");
    }

    private static void RequireOff(ConfigFields fields)
    {
        foreach (var (name, off) in ((string, double)[])
            [("num_beams", 1), ("num_beam_groups", 1), ("num_return_sequences", 1), ("typical_p", 1), ("encoder_repetition_penalty", 1),
            ("guidance_scale", 1)])
            fields.MustBe(name, off);
        fields.MustBeOff("min_length", "min_new_tokens", "epsilon_cutoff", "eta_cutoff", "top_h", "no_repeat_ngram_size",
            "encoder_no_repeat_ngram_size", "diversity_penalty", "penalty_alpha", "dola_layers", "stop_strings", "bad_words_ids",
            "force_words_ids", "constraints", "sequence_bias", "suppress_tokens", "begin_suppress_tokens", "forced_bos_token_id",
            "forced_eos_token_id", "forced_decoder_ids", "exponential_decay_length_penalty", "remove_invalid_values", "token_healing",
            "watermarking_config", "frequency_penalty", "presence_penalty");
    }
}
