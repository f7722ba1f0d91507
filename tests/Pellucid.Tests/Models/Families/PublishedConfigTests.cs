using Pellucid.Models;

namespace Pellucid.Tests.Models.Families;

/// <summary>What the makers of models say of them in <c>config.json</c>, fields that change nothing here included.</summary>
public sealed class PublishedConfigTests
{
    // A model, its family, and how many parameters its text model has.
    public static TheoryData<string, string, long, string> Published => new()
    {
        { "Llama 2 7B", "llama", 6_738_415_616, """
            {"hidden_size": 4096, "intermediate_size": 11008, "max_position_embeddings": 4096, "model_type": "llama",
            "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 32, "rms_norm_eps": 1e-05, "rope_scaling": null,
            "tie_word_embeddings": false, "vocab_size": 32000}
            """ },
        { "Llama 3.1 8B", "llama", 8_030_261_248, """
            {"attention_bias": false, "hidden_size": 4096, "intermediate_size": 14336, "max_position_embeddings": 131072,
            "mlp_bias": false, "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8,
            "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 8192, "rope_type": "llama3"}, "rope_theta": 500000.0, "tie_word_embeddings": false,
            "vocab_size": 128256}
            """ },
        { "Llama 3.2 1B", "llama", 1_235_814_400, """
            {"attention_bias": false, "head_dim": 64, "hidden_size": 2048, "intermediate_size": 8192,
            "max_position_embeddings": 131072, "mlp_bias": false, "model_type": "llama", "num_attention_heads": 32,
            "num_hidden_layers": 16, "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 32.0,
            "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"},
            "rope_theta": 500000.0, "tie_word_embeddings": true, "vocab_size": 128256}
            """ },
        { "TinyLlama 1.1B", "llama", 1_100_048_384, """
            {"attention_bias": false, "hidden_size": 2048, "intermediate_size": 5632, "max_position_embeddings": 2048,
            "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 22, "num_key_value_heads": 4, "rms_norm_eps": 1e-05,
            "rope_scaling": null, "rope_theta": 10000.0, "tie_word_embeddings": false, "vocab_size": 32000}
            """ },
        { "SmolLM2 135M", "llama", 134_515_008, """
            {"attention_bias": false, "hidden_size": 576, "intermediate_size": 1536, "is_llama_config": true,
            "max_position_embeddings": 8192, "mlp_bias": false, "model_type": "llama", "num_attention_heads": 9,
            "num_hidden_layers": 30, "num_key_value_heads": 3, "rms_norm_eps": 1e-05, "rope_interleaved": false, "rope_scaling": null,
            "rope_theta": 100000, "tie_word_embeddings": true, "vocab_size": 49152}
            """ },
        { "Llama 3.2 1B as Unsloth has it", "llama", 1_235_814_400, """
            {"attention_bias": false, "head_dim": 64, "hidden_size": 2048, "intermediate_size": 8192,
            "max_position_embeddings": 131072, "mlp_bias": false, "model_type": "llama", "num_attention_heads": 32,
            "num_hidden_layers": 16, "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 32.0,
            "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"},
            "rope_theta": 500000.0, "tie_word_embeddings": true, "vocab_size": 128256, "unsloth_fixed": true,
            "unsloth_version": "2024.9"}
            """ },
        { "Mistral 7B v0.1", "mistral", 7_241_732_096, """
            {"hidden_size": 4096, "intermediate_size": 14336, "max_position_embeddings": 32768, "model_type": "mistral",
            "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_theta": 10000.0,
            "sliding_window": 4096, "tie_word_embeddings": false, "vocab_size": 32000}
            """ },
        { "Mistral Nemo", "mistral", 12_247_782_400, """
            {"head_dim": 128, "hidden_size": 5120, "intermediate_size": 14336, "max_position_embeddings": 1024000,
            "model_type": "mistral", "num_attention_heads": 32, "num_hidden_layers": 40, "num_key_value_heads": 8,
            "rms_norm_eps": 1e-05, "rope_theta": 1000000.0, "sliding_window": null, "tie_word_embeddings": false,
            "vocab_size": 131072}
            """ },
        { "Mistral Small 3.1", "mistral3", 23_572_403_200, """
            {"image_token_index": 10, "model_type": "mistral3", "multimodal_projector_bias": false, "projector_hidden_act": "gelu",
            "spatial_merge_size": 2, "text_config": {"head_dim": 128, "hidden_size": 5120, "intermediate_size": 32768,
            "max_position_embeddings": 131072, "model_type": "mistral", "num_attention_heads": 32, "num_hidden_layers": 40,
            "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_theta": 1000000000.0, "sliding_window": null, "vocab_size": 131072},
            "vision_config": {"hidden_size": 1152}, "vision_feature_layer": -1}
            """ },
        { "Qwen2.5 0.5B", "qwen2", 494_032_768, """
            {"hidden_size": 896, "intermediate_size": 4864, "max_position_embeddings": 32768, "max_window_layers": 21,
            "model_type": "qwen2", "num_attention_heads": 14, "num_hidden_layers": 24, "num_key_value_heads": 2, "rms_norm_eps": 1e-06,
            "rope_theta": 1000000.0, "sliding_window": 32768, "tie_word_embeddings": true, "use_sliding_window": false,
            "vocab_size": 151936}
            """ },
        { "DeepSeek R1 Distill Qwen 1.5B", "qwen2", 1_777_088_000, """
            {"hidden_size": 1536, "intermediate_size": 8960, "max_position_embeddings": 131072, "max_window_layers": 21,
            "model_type": "qwen2", "num_attention_heads": 12, "num_hidden_layers": 28, "num_key_value_heads": 2, "rms_norm_eps": 1e-06,
            "rope_theta": 10000, "sliding_window": 4096, "tie_word_embeddings": false, "use_mrope": false, "use_sliding_window": false,
            "vocab_size": 151936}
            """ },
        { "Qwen3 0.6B", "qwen3", 596_049_920, """
            {"attention_bias": false, "head_dim": 128, "hidden_size": 1024, "intermediate_size": 3072,
            "max_position_embeddings": 40960, "max_window_layers": 28, "model_type": "qwen3", "num_attention_heads": 16,
            "num_hidden_layers": 28, "num_key_value_heads": 8, "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 1000000,
            "sliding_window": null, "tie_word_embeddings": true, "use_sliding_window": false, "vocab_size": 151936}
            """ },
        { "Qwen3 30B A3B", "qwen3_moe", 30_532_122_624, """
            {"attention_bias": false, "decoder_sparse_step": 1, "head_dim": 128, "hidden_size": 2048, "intermediate_size": 6144,
            "max_position_embeddings": 40960, "max_window_layers": 48, "mlp_only_layers": [], "model_type": "qwen3_moe",
            "moe_intermediate_size": 768, "norm_topk_prob": true, "num_attention_heads": 32, "num_experts": 128,
            "num_experts_per_tok": 8, "num_hidden_layers": 48, "num_key_value_heads": 4, "output_router_logits": false,
            "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 1000000.0, "router_aux_loss_coef": 0.001,
            "sliding_window": null, "tie_word_embeddings": false, "use_sliding_window": false, "vocab_size": 151936}
            """ },
        { "SmolLM3 3B", "smollm3", 3_075_098_624, """
            {"attention_bias": false, "hidden_size": 2048, "intermediate_size": 11008, "max_position_embeddings": 65536,
            "max_window_layers": 28, "mlp_bias": false, "model_type": "smollm3", "no_rope_layer_interval": 4, "no_rope_layers": [1, 1,
            1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0],
            "num_attention_heads": 16, "num_hidden_layers": 36, "num_key_value_heads": 4, "rms_norm_eps": 1e-06, "rope_scaling": null,
            "rope_theta": 5000000.0, "sliding_window": null, "use_sliding_window": false, "vocab_size": 128256}
            """ },
        { "Gemma 2B", "gemma", 2_506_172_416, """
            {"attention_bias": false, "head_dim": 256, "hidden_activation": "gelu_pytorch_tanh", "hidden_size": 2048,
            "intermediate_size": 16384, "max_position_embeddings": 8192, "model_type": "gemma", "num_attention_heads": 8,
            "num_hidden_layers": 18, "num_key_value_heads": 1, "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 10000.0,
            "vocab_size": 256000}
            """ },
        { "Gemma 2 2B", "gemma2", 2_614_341_888, """
            {"attention_bias": false, "attn_logit_softcapping": 50.0, "cache_implementation": "hybrid",
            "final_logit_softcapping": 30.0, "head_dim": 256, "hidden_activation": "gelu_pytorch_tanh", "hidden_size": 2304,
            "intermediate_size": 9216, "max_position_embeddings": 8192, "model_type": "gemma2", "num_attention_heads": 8,
            "num_hidden_layers": 26, "num_key_value_heads": 4, "query_pre_attn_scalar": 256, "rms_norm_eps": 1e-06,
            "rope_theta": 10000.0, "sliding_window": 4096, "vocab_size": 256000}
            """ },
        { "Gemma 3 270M", "gemma3_text", 268_098_176, """
            {"_sliding_window_pattern": 6, "attention_bias": false, "attn_logit_softcapping": null, "final_logit_softcapping": null,
            "head_dim": 256, "hidden_activation": "gelu_pytorch_tanh", "hidden_size": 640, "intermediate_size": 2048,
            "layer_types": ["sliding_attention", "sliding_attention", "sliding_attention", "sliding_attention", "sliding_attention",
            "full_attention", "sliding_attention", "sliding_attention", "sliding_attention", "sliding_attention", "sliding_attention",
            "full_attention", "sliding_attention", "sliding_attention", "sliding_attention", "sliding_attention", "sliding_attention",
            "full_attention"], "max_position_embeddings": 32768, "model_type": "gemma3_text", "num_attention_heads": 4,
            "num_hidden_layers": 18, "num_key_value_heads": 1, "query_pre_attn_scalar": 256, "rms_norm_eps": 1e-06,
            "rope_local_base_freq": 10000.0, "rope_scaling": null, "rope_theta": 1000000.0, "sliding_window": 512,
            "use_bidirectional_attention": false, "vocab_size": 262144}
            """ },
        { "Gemma 3 1B", "gemma3_text", 999_885_952, """
            {"attention_bias": false, "attn_logit_softcapping": null, "cache_implementation": "hybrid",
            "final_logit_softcapping": null, "head_dim": 256, "hidden_activation": "gelu_pytorch_tanh", "hidden_size": 1152,
            "intermediate_size": 6912, "max_position_embeddings": 32768, "model_type": "gemma3_text", "num_attention_heads": 4,
            "num_hidden_layers": 26, "num_key_value_heads": 1, "query_pre_attn_scalar": 256, "rms_norm_eps": 1e-06,
            "rope_local_base_freq": 10000, "rope_scaling": null, "rope_theta": 1000000, "sliding_window": 512,
            "sliding_window_pattern": 6, "vocab_size": 262144}
            """ },
        { "Gemma 3 4B", "gemma3", 3_880_263_168, """
            {"boi_token_index": 255999, "eoi_token_index": 256000, "image_token_index": 262144, "mm_tokens_per_image": 256,
            "model_type": "gemma3", "text_config": {"hidden_size": 2560, "intermediate_size": 10240, "model_type": "gemma3_text",
            "num_hidden_layers": 34, "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "sliding_window": 1024},
            "vision_config": {"hidden_size": 1152}}
            """ },
        { "Phi-3 mini", "phi3", 3_821_079_552, """
            {"hidden_size": 3072, "intermediate_size": 8192, "max_position_embeddings": 4096, "model_type": "phi3",
            "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 32, "original_max_position_embeddings": 4096,
            "rms_norm_eps": 1e-05, "rope_scaling": null, "rope_theta": 10000.0, "sliding_window": 2047, "tie_word_embeddings": false,
            "attention_bias": false, "vocab_size": 32064}
            """ },
        { "Phi-4", "phi3", 14_659_507_200, """
            {"attention_bias": false, "hidden_size": 5120, "intermediate_size": 17920, "max_position_embeddings": 16384,
            "model_type": "phi3", "num_attention_heads": 40, "num_hidden_layers": 40, "num_key_value_heads": 10,
            "original_max_position_embeddings": 16384, "rms_norm_eps": 1e-05, "rope_scaling": null, "rope_theta": 250000,
            "sliding_window": null, "tie_word_embeddings": false, "vocab_size": 100352}
            """ },
        { "OLMo 2 1B", "olmo2", 1_484_916_736, """
            {"attention_bias": false, "hidden_size": 2048, "intermediate_size": 8192, "max_position_embeddings": 4096,
            "model_type": "olmo2", "num_attention_heads": 16, "num_hidden_layers": 16, "num_key_value_heads": 16,
            "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 500000, "tie_word_embeddings": false, "vocab_size": 100352}
            """ },
        { "OLMo 3 7B", "olmo3", 7_298_011_136, """
            {"attention_bias": false, "hidden_size": 4096, "intermediate_size": 11008, "max_position_embeddings": 65536,
            "model_type": "olmo3", "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 32,
            "rms_norm_eps": 1e-06, "rope_scaling": {"attention_factor": 1.2079441541679836, "beta_fast": 32.0, "beta_slow": 1.0,
            "factor": 8.0, "original_max_position_embeddings": 8192, "rope_type": "yarn"}, "rope_theta": 500000,
            "sliding_window": 4096, "tie_word_embeddings": false, "vocab_size": 100278}
            """ },
        { "Granite 3.3 2B", "granite", 2_533_539_840, """
            {"attention_bias": false, "attention_multiplier": 0.015625, "embedding_multiplier": 12.0, "hidden_size": 2048,
            "intermediate_size": 8192, "logits_scaling": 8.0, "max_position_embeddings": 131072, "mlp_bias": false,
            "model_type": "granite", "num_attention_heads": 32, "num_hidden_layers": 40, "num_key_value_heads": 8,
            "residual_multiplier": 0.22, "rms_norm_eps": 1e-05, "rope_scaling": null, "rope_theta": 10000000.0,
            "tie_word_embeddings": true, "vocab_size": 49159}
            """ },
        { "Mixtral 8x7B", "mixtral", 46_702_792_704, """
            {"hidden_size": 4096, "intermediate_size": 14336, "max_position_embeddings": 32768, "model_type": "mixtral",
            "num_attention_heads": 32, "num_experts_per_tok": 2, "num_hidden_layers": 32, "num_key_value_heads": 8,
            "num_local_experts": 8, "output_router_logits": false, "rms_norm_eps": 1e-05, "rope_theta": 1000000.0,
            "router_aux_loss_coef": 0.02, "sliding_window": null, "tie_word_embeddings": false, "vocab_size": 32000}
            """ },
        { "gpt-oss 20B", "gpt_oss", 20_914_757_184, """
            {"attention_bias": true, "experts_per_token": 4, "head_dim": 64, "hidden_size": 2880, "initial_context_length": 4096,
            "intermediate_size": 2880, "max_position_embeddings": 131072, "model_type": "gpt_oss", "num_attention_heads": 64,
            "num_experts_per_tok": 4, "num_hidden_layers": 24, "num_key_value_heads": 8, "num_local_experts": 32,
            "output_router_logits": false, "quantization_config": {"modules_to_not_convert": ["model.layers.*.self_attn",
            "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"], "quant_method": "mxfp4"}, "rms_norm_eps": 1e-05,
            "rope_scaling": {"beta_fast": 32.0, "beta_slow": 1.0, "factor": 32.0, "original_max_position_embeddings": 4096,
            "rope_type": "yarn", "truncate": false}, "rope_theta": 150000, "router_aux_loss_coef": 0.9, "sliding_window": 128,
            "swiglu_limit": 7.0, "tie_word_embeddings": false, "vocab_size": 201088}
            """ },
        { "SmolVLM", "smolvlm", 162_974_016, """
            {"image_seq_len": 64, "image_token_id": 49190, "model_type": "smolvlm", "scale_factor": 4,
            "text_config": {"_attn_implementation_autoset": false, "_flash_attn_2_enabled": true, "head_dim": 64, "hidden_size": 576,
            "intermediate_size": 1536, "is_llama_config": true, "max_position_embeddings": 8192, "model_type": "llama",
            "neftune_noise_alpha": 0.0, "num_attention_heads": 9, "num_hidden_layers": 30, "num_key_value_heads": 3,
            "pixel_shuffle_factor": 4, "qk_layer_norms": false, "rms_norm_eps": 1e-05, "rope_interleaved": false, "rope_theta": 100000,
            "transformers_js_config": {}, "use_resampler": false, "vocab_size": 49280}, "tie_word_embeddings": false,
            "use_reentrant_checkpointing": false, "vision_config": {"hidden_size": 1152}, "vocab_size": 49280}
            """ },
        { "Phi-4 mini", "phi3", 3_836_021_760, """
            {"attention_bias": false, "full_attn_mod": 1, "hidden_size": 3072, "intermediate_size": 8192, "interpolate_factor": 1,
            "lm_head_bias": false, "max_position_embeddings": 131072, "mlp_bias": false, "model_type": "phi3",
            "num_attention_heads": 24, "num_hidden_layers": 32, "num_key_value_heads": 8, "original_max_position_embeddings": 4096,
            "partial_rotary_factor": 0.75, "rms_norm_eps": 1e-05, "rope_scaling": {"long_factor": [FACTORS], "short_factor": [FACTORS],
            "type": "longrope"}, "rope_theta": 10000.0, "sliding_window": 262144, "tie_word_embeddings": true, "vocab_size": 200064}
            """ }
    };

    [Theory, MemberData(nameof(Published))]
    public void Every_field_is_understood_and_parameters_are_as_many_as_published(string name, string family, long parameters, string text)
    {
        using var folder = new TemporaryFolder();
        var factors = string.Join(", ", Enumerable.Range(2, 48).Select(pair => $"{pair}"));
        File.WriteAllText(folder.File("config.json"), text.Replace("FACTORS", factors, StringComparison.Ordinal));
        var config = GptConfig.Load(folder.File("config.json"));
        Assert.Equal((name, family, parameters), (name, config.Family.Name, config.Parameters));
    }
}
