using System.Text;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;
using Pellucid.Training;
using Pellucid.Worlds;

namespace Pellucid.Tests.Training;

/// <summary>A small model of a family, described as its files describe one, drawn at random and trained on the micro-world.</summary>
/// <param name="Name">What <c>config.json</c> calls the family.</param>
/// <param name="Own">What its file says besides sizes.</param>
/// <param name="ExpertsShare">Neurons of an expert as a share of those of one layer: half where two experts are active.</param>
/// <param name="Rate">Largest learning rate.</param>
/// <param name="Warmup">Steps in which it rises.</param>
/// <param name="Slack">How far above GPT-2's shape it may end, in nats a character.</param>
internal sealed record SmallFamily(string Name, string Own = "", double ExpertsShare = 1, float Rate = 3e-3f, int Warmup = 50,
    double Slack = 0.05)
{
    private const int Layers = 4, Heads = 4, Context = 64, Batch = 16, Characters = 600_000;

    /// <summary>With the least that GPT-2's shape is judged by first.</summary>
    public static IReadOnlyList<SmallFamily> All { get; } =
    [
        new("gpt2", Rate: 6e-3f, Warmup: 200), // the best of six
        new("openai-gpt", Rate: 6e-3f, Warmup: 300), // norms after the sum want a long warm-up (Xiong et al. 2020)
        new("llama"), new("mistral", "\"sliding_window\": 32"), new("qwen2"), new("qwen3"),
        new("smollm3", "\"no_rope_layers\": [1, 1, 1, 0]"),
        new("gemma", Gelu), new("gemma2", $"{Gelu}, \"query_pre_attn_scalar\": 16, \"sliding_window\": 32"),
        new("gemma3_text", $"{Gelu}, \"query_pre_attn_scalar\": 16, \"sliding_window\": 32, \"sliding_window_pattern\": 2"),
        new("phi3"), new("olmo2"), new("olmo3", $"\"sliding_window\": 32, {LayerTypes}"),
        new("granite", "\"embedding_multiplier\": 6, \"attention_multiplier\": 0.25, \"residual_multiplier\": 0.5, \"logits_scaling\": 2"),
        new("mixtral", "\"num_local_experts\": 4, \"num_experts_per_tok\": 2", 0.5),
        new("qwen3_moe", "\"num_experts\": 4, \"num_experts_per_tok\": 2, \"norm_topk_prob\": true, \"decoder_sparse_step\": 1, "
            + "\"mlp_only_layers\": [], \"moe_intermediate_size\": ", 0.5),
        new("gpt_oss", "\"num_local_experts\": 4, \"num_experts_per_tok\": 2, \"swiglu_limit\": 7.0, \"attention_bias\": true, "
            + $"\"sliding_window\": 32, {LayerTypes}, \"rope_scaling\": null", 0.5),
    ];

    private const string Gelu = "\"hidden_act\": \"gelu_pytorch_tanh\", \"hidden_activation\": \"gelu_pytorch_tanh\"";
    private const string LayerTypes =
        "\"layer_types\": [\"sliding_attention\", \"full_attention\", \"sliding_attention\", \"full_attention\"]";

    /// <summary>Its shape, as a file of it is read.</summary>
    public GptConfig Shape(int vocabulary, int width)
    {
        var neurons = (int)(ExpertsShare * (8 * width / 3));
        var own = Own.EndsWith(": ", StringComparison.Ordinal) ? Own + neurons : Own;
        var text = Name switch
        {
            "gpt2" or "openai-gpt" => $$"""
                { "model_type": "{{Name}}", "vocab_size": {{vocabulary}}, "n_positions": {{Context}}, "n_embd": {{width}},
                  "n_layer": {{Layers}}, "n_head": {{Heads}} }
                """,
            _ => $$"""
                { "model_type": "{{Name}}", "vocab_size": {{vocabulary}}, "max_position_embeddings": {{Context}}, "hidden_size": {{width}},
                  "num_hidden_layers": {{Layers}}, "num_attention_heads": {{Heads}}, "num_key_value_heads": 2,
                  "head_dim": {{width / Heads}}, "intermediate_size": {{neurons}}, "rms_norm_eps": 1e-6, "rope_theta": 10000.0,
                  "tie_word_embeddings": true{{(own.Length == 0 ? "" : ", " + own)}} }
                """,
        };
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.json");
        File.WriteAllText(file, text);
        try
        {
            return GptConfig.Load(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Trains it, and returns its loss on text that it was not trained on, in nats a character, and its parameters.</summary>
    public (double Loss, long Parameters) Train(Backend backend, int steps, int width)
    {
        var text = Encoding.UTF8.GetBytes(new MicroWorld(MicroWorld.UsualSeed).Text(Characters));
        var tokenizer = CharacterTokenizer.FromText(text);
        var tokens = new List<int>();
        tokenizer.Encode(text, tokens);
        using var gpt = new Gpt(Shape(tokenizer.VocabularySize, width), backend);
        gpt.Initialize(1);
        using var trainer = new Trainer(gpt, new TokenStream([.. tokens], Context), new TrainingOptions
        {
            Steps = steps, Batch = Batch, LearningRate = Rate, MinLearningRate = Rate / 10, Warmup = Warmup, EvaluateEvery = steps,
        });
        var loss = double.NaN;
        trainer.Run(report => loss = report.ValidationLoss ?? loss);
        return (loss, gpt.Config.Parameters);
    }
}
