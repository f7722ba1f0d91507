using Pellucid.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Pellucid.Benchmarks.Torch;

// Fields bear the names that GPT-2's checkpoints have: TorchSharp names parameters after them.
#pragma warning disable IDE1006

/// <summary>GPT-2 of TorchSharp's modules, as nanoGPT writes it: tokens (B, T) and their targets to the mean loss.</summary>
internal sealed class TorchGpt : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly Embedding wte, wpe;
    private readonly ModuleList<TorchBlock> h;
    private readonly LayerNorm ln_f;

    public TorchGpt(GptConfig config) : base("gpt")
    {
        wte = nn.Embedding(config.VocabularySize, config.Width);
        wpe = nn.Embedding(config.Context, config.Width);
        h = new([.. Enumerable.Range(0, config.Layers).Select(_ => new TorchBlock(config))]);
        ln_f = nn.LayerNorm(config.Width, config.Norm.Epsilon);
        RegisterComponents();
    }

    /// <summary>Takes over the parameters of the same names;
    /// a linear layer of torch keeps its weight as (out, in), we as (in, out).</summary>
    public void CopyFrom(Gpt gpt)
    {
        using var _ = no_grad();
        foreach (var (name, parameter) in named_parameters())
        {
            var own = gpt.Parameters[name];
            var values = new float[own.Count];
            gpt.Parameters.Read(gpt.Parameters.IndexOf(name), values);
            using var copy = tensor(values, [.. Enumerable.Range(0, own.Shape.Rank).Select(axis => (long)own.Shape[axis])]);
            parameter.copy_(name.Contains(".c_", StringComparison.Ordinal) && own.Shape.Rank == 2 ? copy.t() : copy);
        }
    }

    public override Tensor forward(Tensor tokens, Tensor targets)
    {
        var x = wte.forward(tokens) + wpe.forward(arange(tokens.shape[1])); // (B, T, C)
        foreach (var block in h)
            x = block.forward(x);
        var logits = F.linear(ln_f.forward(x), wte.weight!); // (B, T, V)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten());
    }
}

internal sealed class TorchBlock : nn.Module<Tensor, Tensor>
{
    private readonly LayerNorm ln_1, ln_2;
    private readonly TorchAttention attn;
    private readonly TorchFeedForward mlp;

    public TorchBlock(GptConfig config) : base("block")
    {
        (ln_1, ln_2) = (nn.LayerNorm(config.Width, config.Norm.Epsilon), nn.LayerNorm(config.Width, config.Norm.Epsilon));
        (attn, mlp) = (new TorchAttention(config), new TorchFeedForward(config));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x += attn.forward(ln_1.forward(x));
        return x + mlp.forward(ln_2.forward(x));
    }
}

internal sealed class TorchAttention : nn.Module<Tensor, Tensor>
{
    private readonly Linear c_attn, c_proj;
    private readonly int _heads;

    public TorchAttention(GptConfig config) : base("attention")
    {
        (c_attn, c_proj, _heads) = (nn.Linear(config.Width, 3 * config.Width), nn.Linear(config.Width, config.Width), config.Heads);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var (B, T, C) = (x.shape[0], x.shape[1], x.shape[2]);
        var qkv = c_attn.forward(x).split(C, dim: 2); // (B, T, C) each
        Tensor Heads(Tensor part) => part.view(B, T, _heads, C / _heads).transpose(1, 2); // (B, H, T, D)
        var z = F.scaled_dot_product_attention(Heads(qkv[0]), Heads(qkv[1]), Heads(qkv[2]), is_casual: true);
        return c_proj.forward(z.transpose(1, 2).contiguous().view(B, T, C));
    }
}

internal sealed class TorchFeedForward : nn.Module<Tensor, Tensor>
{
    private readonly Linear c_fc, c_proj;

    public TorchFeedForward(GptConfig config) : base("feed-forward")
    {
        (c_fc, c_proj) = (nn.Linear(config.Width, config.FeedForwardWidth), nn.Linear(config.FeedForwardWidth, config.Width));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => c_proj.forward(F.gelu(c_fc.forward(x), approximate: GELU.Approximate.tanh));
}
